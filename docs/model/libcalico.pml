/* libcalico, for host h: one assignment and its release, or the release of an affinity; included by ipam.pml. */

#define AFFINE 0                         /* findOrClaimBlock, first loop */
#define NEW 1                            /* findOrClaimBlock, second loop */
#define BORROW 2                         /* autoAssign, "from non-affine blocks" */

inline nextBlock() { if :: x + 1 < BLOCKS -> x++; goto borrow :: else -> goto failed fi }
inline conflict() { if :: phase == NEW -> goto getPendingAffinity :: else -> left = left | (1 << x); goto affine fi }
inline gone() { if :: phase == NEW -> goto failed :: else -> goto affine fi }
inline got() { if :: free -> goto assignFromExistingBlock :: !free && phase == NEW -> goto failed :: else -> goto affine fi }

proctype calico(byte me; byte h) {
    byte x, state, phase, left;
    bool free, wasEmpty, mustBeEmpty;
    {
    if
    :: skip
#ifdef UNSELECT
    :: atomic { any(x); if :: mustBeEmpty = true :: skip fi; goto releaseBlockAffinity }
#endif
    fi;

    atomic { /* getAffineBlocks */
        left = (AFF(0) != NONE -> 1 : 0);
#if BLOCKS == 2
        left = left + (AFF(1) != NONE -> 2 : 0)
#endif
    };
affine:
    atomic {
        phase = AFFINE;
        if
        :: left == 0 -> goto findUsableBlock
        :: left & 1 -> x = 0; left = left - 1
        :: left & 2 -> x = BLOCKS - 1; left = left - 2
        fi;
        state = AFF(x); /* queryAffinity */
        if :: state == NONE -> goto affine :: else -> seeAff(x); goto getBlockFromAffinity fi
    };

findUsableBlock:
    atomic { /* listBlocks */
        phase = NEW;
        if
        :: owner[0] == ABSENT || (owner[0] == h && FREE(0)) -> x = 0
        :: owner[BLOCKS - 1] == ABSENT || (owner[BLOCKS - 1] == h && FREE(BLOCKS - 1)) -> x = BLOCKS - 1
        :: else -> x = 0; goto borrow
        fi
    };
getPendingAffinity:
    atomic { if :: AFF(x) == NONE -> putAff(x, PENDING); state = PENDING; goto getBlockFromAffinity :: else fi };
    atomic {
        state = AFF(x);
        if :: state == NONE -> goto failed
           :: state == CONFIRMED -> seeAff(x); goto getBlockFromAffinity
           :: else -> seeAff(x) fi
    };
    atomic {
        if :: KNOWNAFF(x) -> putAff(x, PENDING); state = PENDING
           :: !KNOWNAFF(x) && AFF(x) != NONE -> conflict()
           :: AFF(x) == NONE -> goto failed fi
    };

getBlockFromAffinity:
    atomic {
        if
        :: owner[x] == ABSENT
        :: owner[x] != ABSENT && owner[x] != h -> goto stale
        :: owner[x] == h -> see(x); free = FREE(x); if :: state == CONFIRMED -> got() :: else -> goto reconfirm fi
        fi
    };
    atomic { /* updateAffinity, pending */
        if :: KNOWNAFF(x) -> putAff(x, PENDING) :: !KNOWNAFF(x) && AFF(x) != NONE -> conflict() :: AFF(x) == NONE -> gone() fi
    };
    atomic { /* claimAffineBlock: create */
        if :: owner[x] == ABSENT -> create(x); free = true; goto confirmAffinity :: else fi
    };
    atomic { /* ... it exists: get it */
        if
        :: owner[x] == ABSENT -> gone()
        :: owner[x] == h -> see(x); free = FREE(x)
        :: owner[x] != h && owner[x] != ABSENT -> goto taken
        fi
    };
confirmAffinity:
    atomic { if :: KNOWNAFF(x) -> putAff(x, CONFIRMED); got() :: else -> state = AFF(x) fi };
    atomic { /* ... in vain: was it confirmed by somebody else? */
        if :: AFF(x) == CONFIRMED -> got() :: AFF(x) != CONFIRMED && state != NONE -> conflict() :: else -> gone() fi
    };

reconfirm: /* getBlockFromAffinity: the block is ours, the affinity not confirmed */
    atomic {
        if :: KNOWNAFF(x) -> putAff(x, PENDING) :: !KNOWNAFF(x) && AFF(x) != NONE -> conflict() :: AFF(x) == NONE -> gone() fi
    };
    atomic { /* updateBlock: "to get a new revision and invalidate any other instances" */
        if :: KNOWN(x) -> wrote(x) :: !KNOWN(x) && owner[x] != ABSENT -> conflict() :: owner[x] == ABSENT -> gone() fi
    };
    atomic {
        if :: KNOWNAFF(x) -> putAff(x, CONFIRMED); got()
           :: !KNOWNAFF(x) && AFF(x) != NONE -> conflict() :: AFF(x) == NONE -> gone() fi
    };

stale: /* getBlockFromAffinity: "deleting stale affinity" */
    atomic {
        if :: KNOWNAFF(x) -> deleteAff(x) :: !KNOWNAFF(x) && AFF(x) != NONE -> conflict() :: AFF(x) == NONE -> gone() fi;
        if :: phase == NEW -> goto findUsableBlock :: else -> goto affine fi
    };
taken: /* claimAffineBlock: "Block is owned by another host, delete our pending affinity" */
    atomic { if :: KNOWNAFF(x) -> deleteAff(x) :: else fi; if :: phase == NEW -> goto findUsableBlock :: else -> goto affine fi };

assignFromExistingBlock:
    handle[me]++; /* incrementHandle comes first, */
    atomic { /* then the block. */
        if
        :: KNOWN(x) ->
            left = NEXTFREE(x); holder[left] = me + 1; wrote(x);
            if :: believes[me] = left + 1; left = 0; goto running
               :: smooth && CRASHES > 0 -> smooth = false; left = 0; state = NONE /* Unheard: taken for a failure. */ fi
        :: !KNOWN(x) -> state = (owner[x] == ABSENT -> NONE : PENDING)
        fi
    };
    atomic {
        handle[me]--;
        if :: state == NONE && phase != BORROW -> goto affine :: state == NONE && phase == BORROW -> nextBlock() :: else fi
    };
    atomic { /* queryBlock, after a conflict */
        if
        :: owner[x] != ABSENT && FREE(x) -> see(x); goto assignFromExistingBlock
        :: else -> if :: phase != BORROW -> goto affine :: else -> nextBlock() fi
        fi
    };

borrow:
    atomic {
        phase = BORROW;
        if :: owner[x] != ABSENT && FREE(x) -> see(x); goto assignFromExistingBlock :: else -> nextBlock() fi
    };

running:
    believes[me] = 0;

releaseByHandle:
    atomic { if :: handle[me] == 0 -> goto failed :: else fi };
releaseFromBlock:
    atomic {
        if
        :: owner[x] == ABSENT || (holder[FIRST(x)] != me + 1 && holder[LAST(x)] != me + 1) -> goto failed
        :: else -> see(x)
        fi
    };
    atomic {
        if
        :: KNOWN(x) ->
            left = (holder[FIRST(x)] == me + 1 -> FIRST(x) : LAST(x)); holder[left] = 0; left = 0; state = owner[x];
            if :: EMPTY(x) && owner[x] == NOBODY -> delete(x) :: else -> wrote(x) fi
        :: !KNOWN(x) && owner[x] != ABSENT -> goto releaseFromBlock
        :: owner[x] == ABSENT -> goto failed
        fi
    };
    handle[me]--;
#ifdef UNSELECT
    atomic { /* ensureConsistentAffinity: of the host that the block was, not of the caller's */
        if :: state == NOBODY -> goto failed :: state != NOBODY -> forget(); h = state; mustBeEmpty = true :: goto failed fi
    };
#else
    goto failed;
#endif

releaseBlockAffinity:
    atomic { if :: AFF(x) == NONE -> goto failed :: else -> seeAff(x) fi };
    atomic {
        if
        :: owner[x] == ABSENT || (mustBeEmpty && !EMPTY(x)) -> goto failed
        :: owner[x] != ABSENT && owner[x] != NOBODY && owner[x] != h -> goto last
        :: owner[x] == h || owner[x] == NOBODY && !(mustBeEmpty && !EMPTY(x)) -> see(x); wasEmpty = EMPTY(x)
        fi
    };
    atomic { if :: KNOWNAFF(x) -> putAff(x, DELETING) :: else -> goto failed fi };
    atomic {
        if
        :: KNOWN(x) -> if :: wasEmpty -> delete(x) :: else -> owner[x] = NOBODY; wrote(x) fi
        :: !KNOWN(x) && owner[x] == ABSENT && wasEmpty
        :: else -> goto failed
        fi
    };
last:
    atomic { if :: KNOWNAFF(x) -> deleteAff(x) :: else fi };

failed: skip
    } unless { atomic { die[me] -> die[me] = false; believes[me] = 0;
        if :: goto releaseByHandle /* The container runtime cleans up after a failure, */ :: skip /* or not. */ fi } };
    atomic { forget(); done++ }
}

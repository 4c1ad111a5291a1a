/* How addresses are given: calico-mesos and libcalico on one etcd. ipam.md explains it, scripts/model runs it.
 *
 * One step is one etcd operation, a read or a transaction; what its caller decides from the answer belongs to it.
 *
 * A comparison of mod revisions is modelled as what it means. Each key carries the set of writers who have seen its present
 * revision, and each write of the key empties it: "modRevision == held" is "I am in the set". So no revisions are counted, and
 * nobody needs a copy of what it read: whoever is in the set knows the present value. "There is none" is compared by value.
 *
 * calico-mesos: Ledger, Planner, Plan; but free to try any block at any time, whatever the order of preference, so that what
 * is found to hold does so for every policy. libcalico: lib/ipam/ipam.go and ipam_block_reader_writer.go of October 2025, in
 * their order; the functions' names stand beside.
 *
 * Flags:
 *   OURS_A OURS_B CALICO_A CALICO_B   how many of each work on the hosts A and B, 4 together at most; ours are numbered first
 *   BLOCKS, ADDRESSES                 of the pool: 1 or 2 blocks with 1 or 2 addresses
 *   ROUNDS                            how many containers each of ours launches, one after the other
 *   CRASHES                           how often one of libcalico's callers dies, at the most; ours may die at any step
 *   UNSELECT                          pools may stop selecting hosts: then libcalico releases affinities
 *   LATE                              a launch of ours that was given up may still be committed at any later time; ROUNDS is 1
 *   MUTATION_...                      a mistake built into ours; each must be found
 *   WITNESS_...                       something bad that is known to happen, mostly a leftover; each must be found
 *   ONLY_WHILE_RUNNING                what is left over at the end is not looked at
 */
#define MAX 4
#define ALL (OURS_A + OURS_B + CALICO_A + CALICO_B)
#define OURS (OURS_A + OURS_B)

/* ---- etcd ---- */

#define A 0
#define B 1
#define NOBODY 2
#define ABSENT 3
byte owner[BLOCKS] = ABSENT;             /* a block's affinity, or that there is no such block */
byte holder[BLOCKS * ADDRESSES];         /* the block's addresses: 0 free, else the holder's number + 1 */

#define NONE 0
#define PENDING 1
#define CONFIRMED 2
#define DELETING 3                       /* "pendingDeletion" */
byte affinity[2 * BLOCKS];               /* the affinity keys of A, then those of B */

byte books[MAX];                         /* ours: handle and endpoint, which are written together: 0, or their address + 1 */
byte handle[MAX];                        /* libcalico's: the count in the handle; each caller has its own */

byte seenBlock[BLOCKS], seenAffinity[2 * BLOCKS]; /* who knows the present revision, a bit each */

/* ---- what must never come true ---- */

bool addressIsSomebodyElses, blockDeletedThatHoldsAnAddress, blockClaimedOverAnother, confirmedAffinityWithoutBlock;
bool oursLeftAnAddress, libcalicoLeftAnAddress;
bool addressWithoutHandle, blockWithoutAffinity, affinityPending, affinityPendingDeletion; /* only for WITNESS_... */

/* ---- what is believed ---- */

byte believes[MAX];                      /* 0, or the address + 1 that a container lives with */
byte sent[MAX];                          /* LATE: 0, or the block + 1 of a given-up launch that is still on its way */
byte done, deaths;
bool die[MAX];
bool smooth = true;                      /* libcalico neither died nor missed an answer so far */

#define ME (1 << me)
#define WIRE (16 << me)                  /* the launch on its way is a writer of its own */
#define KNOWN(x) (seenBlock[x] & ME)
#define AFF(x) affinity[h * BLOCKS + (x)]
#define SEENAFF(x) seenAffinity[h * BLOCKS + (x)]
#define KNOWNAFF(x) (SEENAFF(x) & ME)
#define FIRST(x) ((x) * ADDRESSES)
#define LAST(x) (FIRST(x) + ADDRESSES - 1)
#define BLOCKOF(at) ((at) / ADDRESSES)
#define EMPTY(x) (holder[FIRST(x)] == 0 && holder[LAST(x)] == 0)
#define FREE(x) (holder[FIRST(x)] == 0 || holder[LAST(x)] == 0)
#define NEXTFREE(x) (holder[FIRST(x)] == 0 -> FIRST(x) : LAST(x))

inline see(x) { seenBlock[x] = seenBlock[x] | ME }
inline seeAff(x) { SEENAFF(x) = SEENAFF(x) | ME }
inline wrote(x) { seenBlock[x] = ME }
inline putAff(x, state) { AFF(x) = state; SEENAFF(x) = ME }
inline deleteAff(x) { AFF(x) = NONE; SEENAFF(x) = 0 }
inline create(x) {
    blockClaimedOverAnother = owner[x] != ABSENT; assert(!blockClaimedOverAnother);
    owner[x] = h; seenBlock[x] = ME
}
inline delete(x) {
    blockDeletedThatHoldsAnAddress = !EMPTY(x); assert(!blockDeletedThatHoldsAnAddress);
    owner[x] = ABSENT; seenBlock[x] = 0
}
inline unsee(x) { seenBlock[x] = seenBlock[x] & ~ME; SEENAFF(x) = SEENAFF(x) & ~ME }
inline forget() { unsee(0); unsee(BLOCKS - 1) }
inline any(x) { if :: x = 0 :: x = BLOCKS - 1 fi }

/* ---- calico-mesos on host h ---- */

#define UNWANTED(x) (owner[x] == h && EMPTY(x))

inline give(x, at) { at = NEXTFREE(x); holder[at] = me + 1; books[me] = at + 1; wrote(x) }
inline claim(x, at) { create(x); putAff(x, CONFIRMED); give(x, at) }
/* A write of an own block brings its affinity along, unless that is believed to be confirmed. */
inline affirm(x) { if :: owner[x] == h -> putAff(x, CONFIRMED) :: skip fi }
inline giveBack(x) {                     /* The block and our affinity, in one. */
    delete(x);
#ifndef MUTATION_AFFINITY_STAYS
    deleteAff(x)
#endif
}

proctype ours(byte me; byte h) {
    byte x, at, rounds = ROUNDS;
    byte first, last;                    /* only for the mutations that write what was read before */

idle:
    do
    :: rounds > 0 -> rounds--; goto launch
#ifdef WITNESS_SAME_NODE_NAME
    :: atomic { me == 0 && books[1] != 0 -> /* A second agent that calls its node the same: its containers are not known here. */
           at = books[1] - 1; x = BLOCKOF(at); books[1] = 0; holder[at] = 0; wrote(x) }
#endif
#if defined(LATE) && !defined(MUTATION_SWEEP_ONCE)
    :: rounds == 0 && sent[me] == 0 && books[me] != 0 -> goto died /* The sweep comes again and again. */
    :: atomic { rounds == 0 && sent[me] == 0 && books[me] == 0 -> at = 0; x = 0; forget(); done++; goto end }
#else
    :: atomic { rounds == 0 -> at = 0; x = 0; forget(); done++; goto end }
#endif
    :: atomic { UNWANTED(0) || UNWANTED(BLOCKS - 1) -> /* It may be given back. */
           if :: UNWANTED(0) -> x = 0 :: UNWANTED(BLOCKS - 1) -> x = BLOCKS - 1 fi;
#ifdef MUTATION_GIVE_BACK_WITHOUT_COMPARE
       };
       atomic {
           if :: owner[x] != ABSENT -> giveBack(x) :: else fi
#else
           if :: KNOWN(x) -> giveBack(x) :: !KNOWN(x) -> see(x) fi
#endif
       }
    od;

launch: /* At each step: one transaction, which is answered, or not; or the end of patience, or of the agent. */
    atomic {
        any(x);
        if
        :: books[me] == 0 && owner[x] == ABSENT -> goto claiming
        :: books[me] == 0 && owner[x] != ABSENT && KNOWN(x) && FREE(x) -> /* Own, nobody's, or another host's: borrowed. */
            affirm(x); give(x, at); goto committed
        :: books[me] == 0 && owner[x] != ABSENT && !KNOWN(x) -> see(x); goto launch /* It loses, and learns why. */
        :: books[me] != 0 -> /* It loses: the handle is there, with what an unheard attempt wrote. It was committed. */
#ifdef MUTATION_BLIND_RETRY
            if :: owner[x] == ABSENT -> claim(x, at) :: owner[x] != ABSENT && FREE(x) -> give(x, at) fi; goto committed
#else
            at = books[me] - 1; goto running
#endif
        :: goto died
#ifdef LATE
        :: books[me] == 0 && sent[me] == 0 && (owner[x] == ABSENT || (KNOWN(x) && FREE(x))) ->
            sent[me] = x + 1;
            if
            :: owner[x] == ABSENT
            :: owner[x] != ABSENT -> seenBlock[x] = seenBlock[x] | WIRE; sent[me] = sent[me] + BLOCKS
            fi;
            goto died
#endif
        fi;
claiming:
#ifdef MUTATION_CLAIM_WITHOUT_COMPARE
    }; /* It has seen that there is none, and believes that it stays so. */
    atomic {
        owner[x] = h; holder[FIRST(x)] = 0; holder[LAST(x)] = 0; putAff(x, CONFIRMED); give(x, at);
#else
        claim(x, at);
#endif
committed:
        if
        :: goto running
        :: seenBlock[x] = 0; goto launch /* The answer is lost. */
        :: goto died
        fi
    };

running:
    believes[me] = at + 1;
    /* The container lives here, for as long as the others need to try everything. */
    atomic { believes[me] = 0; if :: goto depart :: goto died fi };

depart: /* Gives back address at. Tried until it is answered. */
    atomic {
        x = BLOCKOF(at);
#ifdef MUTATION_RELEASE_WITHOUT_COMPARE
        first = holder[FIRST(x)]; last = holder[LAST(x)]
    };
    atomic {
        if :: owner[x] != ABSENT -> holder[FIRST(x)] = first; holder[LAST(x)] = last; see(x) :: else fi;
#endif
        if
        :: owner[x] != ABSENT && !KNOWN(x) -> see(x); goto depart
        :: owner[x] == ABSENT -> books[me] = 0
        :: owner[x] != ABSENT && KNOWN(x) ->
            books[me] = 0;
            if
            :: holder[at] != me + 1 /* An unheard attempt was committed. */
            :: holder[at] == me + 1 ->
                holder[at] = 0;
                if
                :: EMPTY(x) && owner[x] == NOBODY -> delete(x)
                :: UNWANTED(x) -> giveBack(x)
                :: !EMPTY(x) || owner[x] != NOBODY -> affirm(x); wrote(x)
                fi
            fi
        fi;
        if
        :: goto idle
        :: seenBlock[x] = seenBlock[x] & ~ME; goto depart
        :: goto died
        fi
    };

died: /* A new life, which remembers nothing; or a launch that ran out of time. Only names are known: what do they hold? */
    atomic {
        forget(); x = 0; at = 0;
#ifdef MUTATION_NO_SWEEP
        goto idle;
#endif
        if :: books[me] == 0 -> goto idle :: books[me] != 0 -> at = books[me] - 1; goto depart fi
    };
end: skip
}

#ifdef LATE
proctype network(byte me; byte h) {
    byte x, at;
end: do
    :: atomic { sent[me] != 0 ->
        x = (sent[me] - 1) % BLOCKS;
        if
        :: skip /* It never arrives. */
        :: books[me] == 0 && sent[me] <= BLOCKS && owner[x] == ABSENT -> claim(x, at)
        :: books[me] == 0 && sent[me] > BLOCKS && (seenBlock[x] & WIRE) -> affirm(x); give(x, at)
        :: else /* It arrives, and loses. */
        fi;
        sent[me] = 0; forget(); x = 0; at = 0 }
    od
}
#endif

/* ---- libcalico, for host h: one assignment and its release, or the release of an affinity ---- */

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

proctype reaper() {
    byte who;
end: do
    :: atomic { deaths < CRASHES && done < ALL ->
        if :: who = OURS :: OURS + 1 < ALL -> who = OURS + 1 :: OURS + 2 < ALL -> who = OURS + 2 fi;
        deaths++; die[who] = true; who = 0; smooth = false }
    od
}

/* ---- what must hold ---- */

#define LIE(p) (believes[p] != 0 && holder[believes[p] - 1] != p + 1)
#define BASELESS(x) (affinity[x] == CONFIRMED && owner[x] != A || affinity[BLOCKS + (x)] == CONFIRMED && owner[x] != B)
#define HELD(p) (holder[0] == p + 1 || holder[FIRST(0) + ADDRESSES - 1] == p + 1 || \
                 holder[FIRST(BLOCKS - 1)] == p + 1 || holder[LAST(BLOCKS - 1)] == p + 1)
#define ORPHAN(x) (owner[x] == A && affinity[x] == NONE || owner[x] == B && affinity[BLOCKS + (x)] == NONE)
#define LEFT(x, s) (affinity[x] == s || affinity[BLOCKS + (x)] == s)

proctype properties() {
    byte p;
end: do
    :: atomic { LIE(0) || LIE(1) || LIE(2) || LIE(3) -> /* At any time: who lives with an address holds it, alone. */
        addressIsSomebodyElses = true; assert(!addressIsSomebodyElses) }
    :: atomic { BASELESS(0) || BASELESS(BLOCKS - 1) ->  /* At any time: a confirmed affinity has its block. */
        confirmedAffinityWithoutBlock = true; assert(!confirmedAffinityWithoutBlock) }
#ifndef ONLY_WHILE_RUNNING
    :: atomic { done == ALL && sent[0] == 0 && sent[1] == 0 ->
        do
        :: p < OURS ->
            oursLeftAnAddress = HELD(p) || books[p] != 0; assert(!oursLeftAnAddress);
            p++
        :: p >= OURS && p < ALL ->
            libcalicoLeftAnAddress = smooth && (HELD(p) || handle[p] != 0); assert(!libcalicoLeftAnAddress);
#ifdef WITNESS_ADDRESS
            addressWithoutHandle = HELD(p) && handle[p] == 0; assert(!addressWithoutHandle);
#endif
            p++
        :: p == ALL -> break
        od;
#ifdef WITNESS_BLOCK
        blockWithoutAffinity = smooth && (ORPHAN(0) || ORPHAN(BLOCKS - 1)); assert(!blockWithoutAffinity);
#endif
#ifdef WITNESS_PENDING
        affinityPending = smooth && (LEFT(0, PENDING) || LEFT(BLOCKS - 1, PENDING)); assert(!affinityPending);
#endif
#ifdef WITNESS_DELETING
        affinityPendingDeletion = smooth && (LEFT(0, DELETING) || LEFT(BLOCKS - 1, DELETING));
        assert(!affinityPendingDeletion);
#endif
        break }
#endif
    od
}

init {
    byte p;
    atomic {
        do
        :: p < OURS_A -> run ours(p, A); p++
        :: p >= OURS_A && p < OURS -> run ours(p, B); p++
        :: p >= OURS && p < OURS + CALICO_A -> run calico(p, A); p++
        :: p >= OURS + CALICO_A && p < ALL -> run calico(p, B); p++
        :: p == ALL -> break
        od;
#ifdef LATE
        run network(0, (OURS_A > 0 -> A : B));
#if OURS > 1
        run network(1, (OURS_A > 1 -> A : B));
#endif
#endif
#if CRASHES > 0
        run reaper();
#endif
        run properties(); p = 0
    }
}

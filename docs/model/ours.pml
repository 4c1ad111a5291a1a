/* calico-mesos on host h; included by ipam.pml. */

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

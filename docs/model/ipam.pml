/* How addresses are given: calico-mesos (ours.pml) and libcalico (libcalico.pml) on one etcd. ../ipam.md explains it, scripts/model
 * runs it.
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

#include "ours.pml"
#include "libcalico.pml"

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

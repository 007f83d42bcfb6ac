/*
 * Nobody waits for ever: the lock of a directory entry, who is pending, and the messages about them. Each of three clients wants to write
 * the page WANTS times, and meanwhile LOSSES messages are lost and REPEATS delivered twice, CRASHES clients die. Whatever the order of all else,
 * every run comes to an end in which each living client has written: Spin reports any other end as an invalid end state, and assertions say that the
 * lock is right. A client repeats a request when its answer is missing and not before (it never is while it is on its way), so that runs are finite.
 *
 * -DFAULT_NO_UNBLOCK: the client does not send UNBLOCK. -DFAULT_UNBLOCK_ONCE: it does not repeat it.
 * -DFAULT_NO_FENCE: nobody sees to what a dead client leaves behind. -DFAULT_NO_LEASE: its lock never ends.
 */
#ifndef WANTS
#define WANTS 1
#endif
#ifndef LOSSES
#define LOSSES 2
#endif
#ifndef REPEATS
#define REPEATS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#define CLIENTS 3
#define BIT(i) (1 << (i))

#define IDLE 0
#define ASKING 1    /* GETM, with its tag */
#define RELEASING 2 /* it has written; UNBLOCK is to be answered */
#define DONE 3
#define DEAD 4

typedef Client {
  unsigned state : 3;
  unsigned wants : 2;
  bit getm;      /* on its way to the switch */
  bit unblock;
  bit granted;   /* on their way to the client: REPLY or ACK with GRANTED, ... */
  bit unblocked; /* ... REPLY to UNBLOCK */
  bit page;      /* at the home: a request that was let through */
  bit holds;     /* it has a copy */
  unsigned tag : 1;
};
Client client[CLIENTS];

/* The switch. */
byte lock = 0; /* client + 1 */
bit lockTag;
unsigned sharers : 3;
unsigned pending : 3;
/* Probes and ACKs on their way, by client; on whose behalf says the last request: an answer is passed on to who holds the lock. */
unsigned probes : 3;
unsigned acks : 3;

unsigned losses : 3;
unsigned repeats : 3;
unsigned crashes : 2;

#define QUIET(c) (!client[c].getm && !client[c].unblock && !client[c].granted && !client[c].unblocked && !client[c].page && !probes && !acks)

#define LOCKED_FOR(c) (lock != 0 && !(lock == c + 1 && lockTag == client[c].tag))
#define ALIVE(c) (client[c].state != DEAD -> BIT(c) : 0)
#define TO_PROBE(c) (pending | (sharers & ~BIT(c)))
/*
 * Whether a repetition of its GETM would change anything. A GETM that is refused, or whose probes reach only dead clients, changes nothing (but
 * `number`), so that runs with such repetitions are runs without them that stand still.
 */
#define HELPS(c) (!LOCKED_FOR(c) && (TO_PROBE(c) == 0 || (TO_PROBE(c) & (ALIVE(0) | ALIVE(1) | ALIVE(2)))))

/* A GETM of c, with its present tag, at the switch. */
inline requested(c) {
  if
  :: LOCKED_FOR(c) /* NACK BUSY */
  :: else ->
    lock = c + 1; lockTag = client[c].tag;
    /* `since`: answers to older requests do not count once there is somebody new to probe. */
    acks = ((sharers & ~BIT(c)) -> 0 : acks);
    pending = pending | (sharers & ~BIT(c));
    sharers = BIT(c);
    if
    :: pending == 0 -> client[c].page = 1
    :: else -> probes = probes | pending
    fi
  fi
}

#define CLIENT(c) \
  :: d_step { client[c].state == IDLE && client[c].wants > 0 -> client[c].state = ASKING; client[c].tag = 1 - client[c].tag; client[c].getm = 1 } \
  :: d_step { client[c].state == IDLE && client[c].wants == 0 -> client[c].state = DONE } \
  /* the switch */ \
  :: d_step { client[c].getm -> client[c].getm = 0; if :: client[c].state == ASKING -> requested(c) :: else fi } \
  :: d_step { client[c].unblock -> client[c].unblock = 0; if :: lock == c + 1 && lockTag == client[c].tag -> lock = 0; lockTag = 0 :: else fi; client[c].unblocked = 1 } \
  :: d_step { (acks & BIT(c)) -> acks = acks & ~BIT(c); pending = pending & ~BIT(c); \
      if :: pending == 0 && lock != 0 -> client[lock - 1].granted = (client[lock - 1].state == ASKING) :: else fi } \
  /* the home */ \
  :: d_step { client[c].page -> client[c].page = 0; if :: client[c].state == ASKING -> client[c].granted = 1 :: else fi } \
  /* the client */ \
  :: d_step { client[c].granted -> client[c].granted = 0; \
      if :: client[c].state == ASKING -> assert(lock == c + 1 && lockTag == client[c].tag); assert(!client[(c + 1) % 3].holds && !client[(c + 2) % 3].holds); client[c].holds = 1; client[c].page = 0; client[c].wants--; WRITTEN(c) :: else fi } \
  :: d_step { client[c].unblocked -> client[c].unblocked = 0; if :: client[c].state == RELEASING -> client[c].state = IDLE; client[c].unblock = 0 :: else fi } \
  :: d_step { (probes & BIT(c)) -> probes = probes & ~BIT(c); \
      if :: client[c].state != DEAD -> client[c].holds = 0; acks = acks | BIT(c) :: else fi } \
  /* an answer is missing */ \
  :: d_step { client[c].state == ASKING && QUIET(c) && HELPS(c) -> client[c].getm = 1 } \
  RELEASE(c) \
  /* loss, duplication, death */ \
  :: d_step { losses < LOSSES && client[c].getm -> losses++; client[c].getm = 0 } \
  :: d_step { losses < LOSSES && client[c].unblock -> losses++; client[c].unblock = 0 } \
  :: d_step { losses < LOSSES && client[c].granted -> losses++; client[c].granted = 0 } \
  :: d_step { losses < LOSSES && client[c].unblocked -> losses++; client[c].unblocked = 0 } \
  :: d_step { losses < LOSSES && client[c].page -> losses++; client[c].page = 0 } \
  :: d_step { losses < LOSSES && (probes & BIT(c)) -> losses++; probes = probes & ~BIT(c) } \
  :: d_step { losses < LOSSES && (acks & BIT(c)) -> losses++; acks = acks & ~BIT(c) } \
  :: d_step { repeats < REPEATS && client[c].getm && client[c].state == ASKING -> repeats++; requested(c) } \
  :: d_step { repeats < REPEATS && client[c].unblock -> repeats++; if :: lock == c + 1 && lockTag == client[c].tag -> lock = 0; lockTag = 0 :: else fi; client[c].unblocked = 1 } \
  :: d_step { repeats < REPEATS && (probes & BIT(c)) && client[c].state != DEAD -> repeats++; client[c].holds = 0; acks = acks | BIT(c) } \
  :: d_step { crashes < CRASHES && client[c].state != DEAD && client[c].state != DONE -> crashes++; client[c].state = DEAD; client[c].holds = 0; client[c].wants = 0; \
      client[c].getm = 0; client[c].unblock = 0; client[c].granted = 0; client[c].unblocked = 0; client[c].page = 0 } \
  CONTROLLER(c)

#ifdef FAULT_NO_UNBLOCK
#define WRITTEN(c) client[c].state = IDLE
#else
#define WRITTEN(c) client[c].state = RELEASING; client[c].unblock = 1
#endif
#ifdef FAULT_UNBLOCK_ONCE
#define RELEASE(c) :: d_step { client[c].state == RELEASING && QUIET(c) -> client[c].state = IDLE }
#else
#define RELEASE(c) :: d_step { client[c].state == RELEASING && QUIET(c) -> client[c].unblock = 1 }
#endif
#ifdef FAULT_NO_FENCE
#define FENCE(c)
#else
#define FENCE(c) :: d_step { client[c].state == DEAD && ((pending | sharers) & BIT(c)) -> pending = pending & ~BIT(c); sharers = sharers & ~BIT(c) }
#endif
#ifdef FAULT_NO_LEASE
#define LEASE(c)
#else
/* Only a dead client's lock has to wait for its lease: a living one gives it back. */
#define LEASE(c) :: d_step { client[c].state == DEAD && lock == c + 1 -> lock = 0; lockTag = 0 }
#endif
#define CONTROLLER(c) FENCE(c) LEASE(c)

#define OVER(c) (client[c].state == DONE || client[c].state == DEAD)

active proctype everything() {
  d_step { client[0].wants = WANTS; client[1].wants = WANTS; client[2].wants = WANTS }
  do
  :: OVER(0) && OVER(1) && OVER(2) -> break
  CLIENT(0)
  CLIENT(1)
  CLIENT(2)
  od
}

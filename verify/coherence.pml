#ifndef NUMBERS
#define NUMBERS 3
#endif
#ifndef VALUES
#define VALUES 3
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#if CRASHES + RESTARTS > 0
#define SESSIONS
#endif
#define CLIENTS 3

#define BIT(i) (1 << (i))
#define NOBODY CLIENTS

#define GETS 1
#define GETM 2
#define UPGRADE 3

#define INVALID 0
#define SHARED 1
#define MODIFIED 2

typedef Request {
  unsigned from : 2;
  bit open;
  bit exclusive;
  bit keep;
  bit home;
  bit sent;
  unsigned epoch : 2;
  unsigned probe : CLIENTS;
  unsigned ack : CLIENTS;
  unsigned forward : CLIENTS;
  unsigned forwarded : CLIENTS;
};

typedef Client {
  unsigned line : 2;
  unsigned value : 2;
  bit dirty;
  unsigned kind : 2;
  bit poisoned;
  bit bare;
  bit granted;
  unsigned data : VALUES;
  unsigned seen : VALUES;
  bit oldGets;
  bit oldGetm;
  bit drop;
  bit writing;   /* a write-back is on its way: value, about; done: the home has answered */
  bit done;
  unsigned wbValue : 2;
  unsigned wbAbout : 3;
#ifdef SESSIONS
  bit lease;
  unsigned epoch : 2;
  unsigned guard : 2;
  unsigned writebackEpoch : 2;
  bit fenced;
#endif
};

/* The switch. */
unsigned number : 3;
unsigned base : 3 = 1;
unsigned since : 3 = 1;
unsigned sharers : CLIENTS;
unsigned pending : CLIENTS;
unsigned owner : 2 = NOBODY;
unsigned last : 2 = NOBODY; /* who asked last */
#ifdef SESSIONS
bit closed;
#endif

/* The home. */
unsigned homeValue : 2;
unsigned homeNumber : 3;
unsigned homeOwner : 2 = NOBODY;
#ifdef SESSIONS
unsigned homeEpoch : 2;
#endif

#ifdef SESSIONS
/* A write-back of a former life. */
bit late;
unsigned lateFrom : 2;
unsigned lateValue : 2;
unsigned lateAbout : 3;
unsigned lateEpoch : 2;
unsigned crashes : 2;
unsigned restarts : 2;
#endif

/* Probes of requests that are over. */
unsigned stale : CLIENTS;
unsigned staleKeep : CLIENTS;

/* Ghost: the values that a read begun now may return; a value for the next write, VALUES: none left. */
unsigned legal : VALUES = 1;
unsigned fresh : 3 = 1;

#ifdef BEGINS
unsigned begun : 4;
#endif
#ifdef PASSES
unsigned passed : 4;
#endif
#ifdef WRITES
unsigned written : 4;
#endif

/* Scratch, 0 between steps. */
unsigned before : CLIENTS;
unsigned add : CLIENTS;
bit hadOwner;


Request q[NUMBERS + 1];
Client client[CLIENTS];

c_decl {
\#include "settle.h"
}
c_code {
\#include "settle.c"
}

#define ME client[c]
#define R q[n]
#define SETTLE c_code { settle(); }

#ifdef SESSIONS
#define LEASED(c) client[c].lease
#define MAY_SPEAK(c) (client[c].guard == client[c].epoch)
#define MAY_WRITE_BACK(c) (client[c].guard == client[c].epoch || client[c].writebackEpoch == client[c].epoch)
#define OPENED (!closed)
#define EPOCH(c) client[c].epoch
#else
#define LEASED(c) true
#define MAY_SPEAK(c) true
#define MAY_WRITE_BACK(c) true
#define OPENED true
#define EPOCH(c) 0
#endif

inline obtains(v) {
  assert(legal & BIT(v));
  legal = BIT(v)
}

#define ALONE(c) (((c) == 0 || !LEASED(0) || client[0].line == INVALID) && ((c) == 1 || !LEASED(1) || client[1].line == INVALID) && ((c) == 2 || !LEASED(2) || client[2].line == INVALID))
#define NO_WRITER(c) (((c) == 0 || !LEASED(0) || client[0].line != MODIFIED) && ((c) == 1 || !LEASED(1) || client[1].line != MODIFIED) && ((c) == 2 || !LEASED(2) || client[2].line != MODIFIED))

inline begins(c, k) {
  ME.kind = k;
  ME.poisoned = 0; ME.data = 0; ME.bare = 0; ME.granted = 0; ME.seen = 0
}


inline ends(c) {
  if
  :: ME.kind == GETS -> ME.oldGets = 1
  :: else -> ME.oldGetm = 1
  fi;
  begins(c, 0)
}

/* A request of client c passes the switch. `isOpen`: that of its open transaction, else a late copy of an older one. */
inline passes(c, isExclusive, isOpen) {
  last = c; client[0].drop = 0; client[1].drop = 0; client[2].drop = 0;
  number++;
  q[number].from = c;
  q[number].open = isOpen;
  q[number].exclusive = isExclusive;
  q[number].epoch = EPOCH(c);
  before = pending;
  if
  :: isExclusive ->
    add = sharers & ~BIT(c);
    hadOwner = (owner != NOBODY);
    sharers = BIT(c);
    owner = c
  :: else ->
    hadOwner = (owner != NOBODY && owner != c);
    add = (hadOwner -> sharers & ~BIT(c) : 0);
    sharers = sharers | BIT(c);
    owner = (hadOwner -> NOBODY : owner)
  fi;
  if
  :: add -> pending = pending | add; since = number
  :: else
  fi;
  q[number].probe = pending;
#ifdef FAULT_ASK_HOME_AT_ONCE
  q[number].home = (pending == 0 || isExclusive);
#else
  q[number].home = (pending == 0 || (isExclusive && !hadOwner && before == 0));
#endif
  q[number].keep = (!isExclusive && before == 0);
  before = 0; add = 0; hadOwner = 0
}

/* An answer of client c to the probe of request n has come to the switch. */
inline answered(c, n) {
#ifdef FAULT_COUNT_ACKS
  pending = pending & (pending - 1)
#else
  pending = pending & ~BIT(c)
#endif
}
#ifdef FAULT_IGNORE_SINCE
#define COUNTS(n) (n >= base)
#else
#define COUNTS(n) (n >= since && n >= base)
#endif

/* Client c begins a write-back, on behalf of request n or (0) of nobody. */
inline writesBack(c, n) {
  ME.writing = 1; ME.done = 0; ME.wbValue = ME.value; ME.wbAbout = n
}

inline forgets(c, kept) {
  if
  :: kept -> ME.line = (ME.line == INVALID -> INVALID : SHARED)
  :: else -> ME.line = INVALID; ME.value = 0
  fi;
  ME.dirty = 0
}

/* A probe comes to client c, on behalf of request n or (0) of one that is over. */
inline probed(c, n, kept) {
#ifndef FAULT_NO_POISON
  if
  :: ME.kind == GETS && !ME.poisoned -> ME.poisoned = 1; ME.seen = legal
  :: ME.kind > GETS -> ends(c)
  :: else
  fi;
#endif
  if
  :: ME.line == MODIFIED && ME.dirty && !ME.writing ->
    if
    :: MAY_WRITE_BACK(c) -> writesBack(c, n); forgets(c, kept)
    :: else
    fi
  :: ME.line == MODIFIED && !ME.dirty && !ME.writing ->
    if
    :: n && MAY_WRITE_BACK(c) -> q[n].forward = q[n].forward | BIT(c)
    :: else
    fi;
    forgets(c, kept)
  :: ME.line != MODIFIED ->
#ifndef FAULT_IGNORE_PROBE
    forgets(c, kept);
#endif
    if
#ifdef FAULT_ACK_BEFORE_WRITTEN_BACK
    :: n && MAY_SPEAK(c) ->
#else
    :: n && !ME.writing && MAY_SPEAK(c) ->
#endif
      q[n].ack = q[n].ack | BIT(c)
    :: else
    fi
  :: ME.line == MODIFIED && ME.writing
  fi
}

inline recorded(n) {
  homeNumber = n;
  if
  :: q[n].exclusive -> homeOwner = q[n].from; 
#ifdef SESSIONS
    homeEpoch = q[n].epoch
#endif
  :: else ->
#ifdef SESSIONS
    if
    :: homeOwner != q[n].from || homeEpoch != q[n].epoch -> homeOwner = NOBODY; homeEpoch = 0
    :: else
    fi
#else
    homeOwner = (homeOwner == q[n].from -> homeOwner : NOBODY)
#endif
  fi
}

/* The page that a write-back brings is taken by the home. */
inline taken(v) {
  if
  :: (legal & BIT(v)) && (legal & ~BIT(v)) && homeValue != v -> legal = legal & ~BIT(homeValue)
  :: else
  fi;
  homeValue = v
}

#ifdef SESSIONS
#define IS_OWNERS(c, e) (homeOwner == c && homeEpoch == e)
#else
#define IS_OWNERS(c, e) (homeOwner == c)
#endif

inline forwards(c, n) {
  if
  :: n ->
    if
    :: n > homeNumber ->
      homeNumber = n;
      homeOwner = (q[n].exclusive -> q[n].from : NOBODY);
#ifdef SESSIONS
      homeEpoch = (q[n].exclusive -> q[n].epoch : 0)
#endif
    :: else
    fi;
    q[n].forwarded = q[n].forwarded | BIT(c);
    q[n].sent = 1
  :: else
  fi
}

#ifdef BEGINS
#define BEGIN_LEFT begun < BEGINS
#define COUNT_BEGIN begun++;
#else
#define BEGIN_LEFT true
#define COUNT_BEGIN
#endif
#ifdef PASSES
#define PASS_LEFT (number < NUMBERS && passed < PASSES)
#define COUNT_PASS passed++;
#else
#define PASS_LEFT (number < NUMBERS)
#define COUNT_PASS
#endif
#ifdef WRITES
#define WRITE_LEFT written < WRITES
#define COUNT_WRITE written++;
#else
#define WRITE_LEFT true
#define COUNT_WRITE
#endif
#define MAY_BEGIN(c) (BEGIN_LEFT && LEASED(c) && client[c].kind == 0 && !client[c].writing)

#define CLIENT(c) \
  :: d_step { MAY_BEGIN(c) && client[c].line == INVALID -> COUNT_BEGIN printf("client#%d begins GETS\n", c); begins(c, GETS); SETTLE } \
  :: d_step { MAY_BEGIN(c) && client[c].line == INVALID -> COUNT_BEGIN printf("client#%d begins GETM\n", c); begins(c, GETM); SETTLE } \
  :: d_step { MAY_BEGIN(c) && client[c].line == SHARED -> COUNT_BEGIN printf("client#%d begins GETM with UPGRADE\n", c); begins(c, UPGRADE); SETTLE } \
  :: d_step { client[c].kind != 0 && MAY_SPEAK(c) && OPENED && PASS_LEFT -> COUNT_PASS printf("switch: %e of client#%d passes\n", client[c].kind, c); passes(c, (client[c].kind > GETS), 1); SETTLE } \
  :: d_step { client[c].oldGets && MAY_SPEAK(c) && OPENED && PASS_LEFT -> COUNT_PASS printf("switch: a late copy of an older GETS of client#%d passes\n", c); passes(c, 0, 0); SETTLE } \
  :: d_step { client[c].oldGetm && MAY_SPEAK(c) && OPENED && PASS_LEFT -> COUNT_PASS printf("switch: a late copy of an older GETM of client#%d passes\n", c); passes(c, 1, 0); SETTLE } \
  :: d_step { client[c].line == SHARED && client[c].kind == 0 -> printf("client#%d evicts its copy\n", c); forgets(c, 0); SETTLE } \
  :: d_step { client[c].line == MODIFIED && !client[c].dirty && !client[c].writing -> printf("client#%d evicts its clean copy\n", c); forgets(c, 0); SETTLE } \
  :: d_step { client[c].line == MODIFIED && client[c].dirty && !client[c].writing && MAY_WRITE_BACK(c) -> printf("client#%d evicts its copy and writes value#%d back\n", c, client[c].value); writesBack(c, 0); forgets(c, 0); SETTLE } \
  FLUSH(c) \
  :: d_step { client[c].writing && client[c].done -> printf("client#%d learns that its write-back is done\n", c); \
      client[c].dirty = (client[c].line == MODIFIED && client[c].value != client[c].wbValue); client[c].writing = 0; client[c].done = 0; client[c].wbValue = 0; client[c].wbAbout = 0; SETTLE } \
  :: d_step { LEASED(c) && client[c].line == MODIFIED && fresh < VALUES && WRITE_LEFT -> COUNT_WRITE \
      assert(ALONE(c)); assert(legal == BIT(client[c].value)); \
      client[c].value = fresh; client[c].dirty = 1; legal = BIT(fresh); \
      client[0].seen = (client[0].poisoned -> client[0].seen | legal : 0); \
      client[1].seen = (client[1].poisoned -> client[1].seen | legal : 0); \
      client[2].seen = (client[2].poisoned -> client[2].seen | legal : 0); \
      printf("client#%d writes value#%d\n", c, fresh); \
      SETTLE } \
  :: d_step { client[c].writing && !client[c].done -> client[c].done = 1; \
      if \
      :: HOME_TAKES(c, EPOCH(c)) -> printf("home: takes value#%d from client#%d (request#%d)\n", client[c].wbValue, c, client[c].wbAbout); taken(client[c].wbValue); forwards(c, client[c].wbAbout) \
      :: else -> printf("home: refuses value#%d from client#%d\n", client[c].wbValue, c); assert(!LEASED(c)) \
      fi; SETTLE } \
  :: d_step { (stale & BIT(c)) -> printf("client#%d gets a late probe\n", c); probed(c, 0, 0); SETTLE } \
  :: d_step { (staleKeep & BIT(c)) -> printf("client#%d gets a late probe with KEEP\n", c); probed(c, 0, 1); SETTLE } \
  DROPS(c) \
  DATA(c, 0) DATA(c, 1) DATA(c, 2) DATA3(c)

#ifdef FLUSHES
#define FLUSH(c) :: d_step { client[c].line == MODIFIED && client[c].dirty && !client[c].writing && MAY_WRITE_BACK(c) -> printf("client#%d flushes value#%d\n", c, client[c].value); writesBack(c, 0); SETTLE }
#else
#define FLUSH(c)
#endif
#ifdef DROPPING
#define DROPS(c) \
  :: d_step { LEASED(c) && client[c].kind == 0 && !client[c].writing && client[c].line == INVALID && !client[c].drop && last == c -> printf("client#%d sends DROP\n", c); client[c].drop = 1; SETTLE } \
  :: d_step { client[c].drop -> printf("switch: DROP of client#%d passes\n", c); client[c].drop = 0; sharers = sharers & ~BIT(c); owner = (owner == c -> NOBODY : owner); SETTLE }
#else
#define DROPS(c)
#endif
#ifdef FAULT_HOME_TAKES_ALL
#define HOME_TAKES(c, e) true
#else
#ifdef FAULT_HOME_IGNORES_EPOCH
#define HOME_TAKES(c, e) (homeOwner == (c))
#else
#define HOME_TAKES(c, e) IS_OWNERS(c, e)
#endif
#endif
#if VALUES > 3
#define DATA3(c) DATA(c, 3)
#else
#define DATA3(c)
#endif
#ifdef FAULT_LATE_WAITERS
#define READABLE(c, v) (legal & BIT(v))
#else
#define READABLE(c, v) (client[c].seen & BIT(v))
#endif

#define DATA(c, v) \
  :: d_step { client[c].kind == GETS && !client[c].poisoned && (client[c].data & BIT(v)) -> printf("client#%d has value#%d, shared\n", c, v); \
      assert(NO_WRITER(c)); obtains(v); client[c].line = SHARED; client[c].value = v; ends(c); SETTLE } \
  :: d_step { client[c].kind == GETS && client[c].poisoned && (client[c].data & BIT(v)) -> printf("client#%d reads value#%d once\n", c, v); \
      assert(READABLE(c, v)); ends(c); SETTLE } \
  :: d_step { client[c].kind > GETS && client[c].granted && ((client[c].data & BIT(v)) || (client[c].bare && client[c].line == SHARED && client[c].value == v)) -> printf("client#%d has value#%d, to write\n", c, v); \
      assert(ALONE(c)); obtains(v); client[c].line = MODIFIED; client[c].value = v; client[c].dirty = 0; ends(c); SETTLE }

#define ANSWERS(c, n) \
  :: d_step { (q[n].probe & BIT(c)) -> printf("client#%d gets the probe of request#%d, keep %d\n", c, n, q[n].keep); probed(c, n, q[n].keep); SETTLE } \
  :: d_step { (q[n].ack & BIT(c)) && COUNTS(n) -> printf("switch: ACK of client#%d for request#%d passes\n", c, n); answered(c, n); SETTLE } \
  :: d_step { (q[n].forwarded & BIT(c)) && COUNTS(n) -> printf("switch: REPLY to request#%d after client#%d passes\n", n, c); answered(c, n); SETTLE } \
  :: d_step { (q[n].forward & BIT(c)) && (homeOwner == c || n == homeNumber) -> printf("home: FORWARD of client#%d for request#%d\n", c, n); \
      q[n].forward = q[n].forward & ~BIT(c); forwards(c, n); SETTLE }

#ifdef FAULT_GETS_NOT_RECORDED
#define IS_RECORDED(n) (n > homeNumber && q[n].exclusive)
#else
#define IS_RECORDED(n) (n > homeNumber)
#endif

#define REQUEST(n) \
  :: d_step { n <= number && q[n].home && IS_RECORDED(n) -> printf("home: records request#%d\n", n); recorded(n); SETTLE } \
  ANSWERS(0, n) ANSWERS(1, n) ANSWERS(2, n)


#ifdef SESSIONS
inline reads() {
  client[0].seen = (client[0].poisoned -> client[0].seen | legal : 0);
  client[1].seen = (client[1].poisoned -> client[1].seen | legal : 0);
  client[2].seen = (client[2].poisoned -> client[2].seen | legal : 0)
}

/* Client c is fenced: what it has not written back is lost, unless it is on its way and comes in time. */
inline mayLose(c) {
  if
  :: (ME.line == MODIFIED && ME.dirty) || (ME.writing && !ME.done) -> legal = legal | BIT(homeValue); reads()
  :: else
  fi
}

inline crashed(c) {
  if
  :: ME.writing && !ME.done ->
    legal = BIT(homeValue) | BIT(ME.wbValue);
    if
    :: !late -> late = 1; lateFrom = c; lateValue = ME.wbValue; lateAbout = ME.wbAbout; lateEpoch = ME.epoch
    :: else -> legal = BIT(homeValue)
    fi
  :: !(ME.writing && !ME.done) && ME.line == MODIFIED && ME.dirty -> legal = BIT(homeValue)
  :: else
  fi;
  reads();
  ME.writing = 0; ME.done = 0; ME.wbValue = 0; ME.wbAbout = 0;
  if :: ME.kind != 0 -> ends(c) :: else fi;
  forgets(c, 0);
  ME.lease = 0
}

/* The lease of client c has run out, or it has learned that its epoch is over. */
inline lapses(c) {
  if :: ME.kind != 0 -> ends(c) :: else fi;
  if :: ME.line != MODIFIED || !ME.dirty -> forgets(c, 0) :: else fi;
  ME.lease = 0
}

inline unheard(c) {
  q[1].ack = q[1].ack & ~BIT(c); q[2].ack = q[2].ack & ~BIT(c);
#if NUMBERS > 2
  q[3].ack = q[3].ack & ~BIT(c);
#endif
#if NUMBERS > 3
  q[4].ack = q[4].ack & ~BIT(c);
#endif
  ME.drop = 0; ME.oldGets = 0; ME.oldGetm = 0
}

inline fences(c) {
  sharers = sharers & ~BIT(c);
  pending = pending & ~BIT(c);
  ME.fenced = 1
}

inline joins(c) {
#ifndef FAULT_OLD_EPOCH_PASSES
  unheard(c);
#endif
  q[1].forward = q[1].forward & ~BIT(c); q[2].forward = q[2].forward & ~BIT(c);
#if NUMBERS > 2
  q[3].forward = q[3].forward & ~BIT(c);
#endif
#if NUMBERS > 3
  q[4].forward = q[4].forward & ~BIT(c);
#endif
  fences(c);
  ME.fenced = 0;
  ME.epoch++; ME.guard = ME.epoch; ME.writebackEpoch = 0; ME.lease = 1
}

#ifdef FAULT_FENCE_EARLY
#define MAY_FENCE(c) true
#else
#define MAY_FENCE(c) !client[c].lease
#endif

#define SESSION(c) \
  :: d_step { client[c].lease && crashes < CRASHES -> printf("client#%d dies\n", c); crashes++; crashed(c); SETTLE } \
  :: d_step { client[c].lease && crashes < CRASHES -> printf("client#%d: its lease runs out\n", c); crashes++; lapses(c); SETTLE } \
  :: d_step { client[c].lease && client[c].guard != client[c].epoch -> printf("client#%d learns that its epoch is over\n", c); lapses(c); SETTLE } \
  :: d_step { MAY_FENCE(c) && client[c].guard != 0 && client[c].guard == client[c].epoch -> printf("controller: client#%d may not speak any more\n", c); client[c].guard = 0; unheard(c); SETTLE } \
  :: d_step { MAY_FENCE(c) && client[c].guard == 0 && !client[c].fenced && !closed -> printf("controller: client#%d is fenced\n", c); mayLose(c); fences(c); SETTLE } \
  :: d_step { !client[c].lease && client[c].line == MODIFIED && !client[c].writing && !MAY_WRITE_BACK(c) -> printf("client#%d loses value#%d\n", c, client[c].value); \
      legal = legal | BIT(homeValue); reads(); forgets(c, 0); SETTLE } \
  :: d_step { !client[c].lease && client[c].line == INVALID && !client[c].writing && client[c].kind == 0 && client[c].epoch < 3 -> printf("client#%d joins anew\n", c); joins(c); SETTLE }

#define JOINED(c) (!client[c].lease || client[c].guard == client[c].epoch)

#define CONTROLLER \
  :: d_step { late -> late = 0; \
      if \
      :: HOME_TAKES(lateFrom, lateEpoch) -> printf("home: takes the late value#%d of client#%d (request#%d)\n", lateValue, lateFrom, lateAbout); taken(lateValue); forwards(lateFrom, lateAbout) \
      :: else -> printf("home: refuses the late value#%d of client#%d\n", lateValue, lateFrom); \
        legal = (legal == BIT(homeValue) || !(legal & BIT(homeValue)) -> legal : legal & ~BIT(lateValue)) \
      fi; \
      lateFrom = 0; lateValue = 0; lateAbout = 0; lateEpoch = 0; SETTLE } \
  RESTART

#if RESTARTS > 0
inline forgotten(c) {
  ME.writebackEpoch = (ME.guard -> ME.guard : ME.writebackEpoch);
#ifndef FAULT_OPEN_EARLY
  ME.guard = 0;
  unheard(c);
#endif
  ME.fenced = 1; ME.drop = 0
}
inline givenUp(c) {
  if
  :: !ME.lease && ME.guard != ME.epoch -> ME.writebackEpoch = 0; mayLose(c)
  :: else
  fi
}
#ifdef FAULT_OPEN_EARLY
#define MAY_OPEN true
#else
#define MAY_OPEN (JOINED(0) && JOINED(1) && JOINED(2))
#endif
#define RESTART \
  :: d_step { restarts < RESTARTS -> printf("switch: restarts\n"); restarts++; closed = 1; \
      sharers = 0; pending = 0; owner = NOBODY; base = number + 1; since = base; last = NOBODY; \
      forgotten(0); forgotten(1); forgotten(2); SETTLE } \
  :: d_step { closed && MAY_OPEN -> printf("controller: opens the switch\n"); closed = 0; givenUp(0); givenUp(1); givenUp(2); SETTLE }
#else
#define RESTART
#endif
#else
#define SESSION(c)
#define CONTROLLER
#endif

active proctype everything() {
#ifdef SESSIONS
  d_step {
    client[0].lease = 1; client[1].lease = 1; client[2].lease = 1;
    client[0].epoch = 1; client[1].epoch = 1; client[2].epoch = 1;
    client[0].guard = 1; client[1].guard = 1; client[2].guard = 1
  }
#endif
end: do
  CLIENT(0)
  CLIENT(1)
  CLIENT(2)
  SESSION(0)
  SESSION(1)
  SESSION(2)
  CONTROLLER
  REQUEST(1)
  REQUEST(2)
#if NUMBERS > 2
  REQUEST(3)
#endif
#if NUMBERS > 3
  REQUEST(4)
#endif
#if NUMBERS > 4
  REQUEST(5)
#endif
  od
}

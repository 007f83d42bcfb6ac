/* The same bounds as in coherence.pml: both are compiled with the same -D. */
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

extern int readtrail;

#define EACH(i, from, to) for (int i = (from); i <= (to); i++)

static int isCounted(int n) {
#ifndef FAULT_IGNORE_SINCE
  if (n < now.since) return 0;
#endif
  return n >= now.base;
}

static void deliver(int n, int isBare) {
  struct Client *c = &now.client[now.q[n].from];
  if (isBare && c->kind == 3) c->bare = 1;
  else c->data |= 1 << now.homeValue;
}

/* What may be on its way, is. */
static void send(void) {
  EACH(n, 1, now.number) {
    struct Request *r = &now.q[n];
    if (r->open && now.client[r->from].kind == 0) r->open = 0;
    if (!r->open) r->sent = 0;
    if (r->exclusive && n < now.homeNumber) r->home = 0;
#ifdef FAULT_GETS_NOT_RECORDED
    if (r->home && (n <= now.homeNumber || !r->exclusive)) {
#else
    if (r->home && n <= now.homeNumber) {
#endif
      if (r->open) deliver(n, 1);
      else r->home = 0;
    }
    if (r->open && r->sent) { deliver(n, 0); deliver(n, 1); }
    if (r->open && r->exclusive && now.pending == 0 && n >= now.base) now.client[r->from].granted = 1;
  }
}

static void rename1(int gone) {
  if (readtrail) printf("~gone %d\n", gone);
  EACH(n, gone, now.number - 1) now.q[n] = now.q[n + 1];
  memset(&now.q[now.number], 0, sizeof(struct Request));
  if (now.since > gone) now.since--;
  if (now.base > gone) now.base--;
  if (now.homeNumber >= gone) now.homeNumber--;
  EACH(c, 0, 2) {
    if (now.client[c].wbAbout == gone) now.client[c].wbAbout = 0;
    else if (now.client[c].wbAbout > gone) now.client[c].wbAbout--;
  }
#ifdef SESSIONS
  if (now.lateAbout == gone) now.lateAbout = 0;
  else if (now.lateAbout > gone) now.lateAbout--;
#endif
  now.number--;
}

/* What can have no effect any more, is not on its way. */
static void forget(void) {
  int n = 1;
  while (n <= now.number) {
    struct Request *r = &now.q[n];
    int counted = isCounted(n);
#ifdef FAULT_COUNT_ACKS
    if (!counted) r->ack = r->forwarded = 0;
#else
    r->ack = counted ? r->ack & now.pending : 0;
    r->forwarded = counted ? r->forwarded & now.pending : 0;
#endif
    if (n <= now.homeNumber && !r->open) r->forward = counted ? r->forward & now.pending : 0;
    int over = !r->open && !r->home && n <= now.homeNumber;
#ifdef FAULT_IGNORE_SINCE
    over = over && n < now.base;
#else
    over = over && !counted;
#endif
    if (over) {
      if (r->keep) now.staleKeep |= r->probe;
      else now.stale |= r->probe;
      r->probe = 0;
    }
    int about = 0;
    EACH(c, 0, 2) about |= now.client[c].wbAbout == n;
#ifdef SESSIONS
    about |= now.lateAbout == n;
#endif
    if (over) about = 0;
    if (!r->open && !r->home && !r->ack && !r->forwarded && !r->forward && !r->probe && !about && (n != now.homeNumber || n == 1)) rename1(n);
    else n++;
  }
  /* a write-back's answer to a request that is over */
  if (now.since > now.number + 1) now.since = now.number + 1;
  if (now.base > now.number + 1) now.base = now.number + 1;
  now.staleKeep &= ~now.stale;
}

static int valuesInUse(void) {
  int used = 1 << now.homeValue | now.legal;
  EACH(c, 0, 2) {
    struct Client *x = &now.client[c];
    if (x->line) used |= 1 << x->value;
    used |= x->data | x->seen;
    if (x->writing) used |= 1 << x->wbValue;
  }
#ifdef SESSIONS
  if (now.late) used |= 1 << now.lateValue;
#endif
  return used;
}

static int freshValue(void) {
  int used = valuesInUse();
  EACH(v, 0, VALUES - 1) if (!(used & 1 << v)) return v;
  return VALUES;
}

static int renamed[VALUES];
static int renamedSet(int old) {
  int out = 0;
  EACH(v, 0, VALUES - 1) if (old & 1 << v) out |= 1 << renamed[v];
  return out;
}

static void renameValues(void) {
  int order[VALUES], count = 0, seen = 0;
#define TAKE(v) if (!(seen & 1 << (v))) { seen |= 1 << (v); order[count++] = (v); }
  TAKE(now.homeValue);
  EACH(v, 0, VALUES - 1) if (now.legal & 1 << v) TAKE(v);
  EACH(c, 0, 2) {
    struct Client *x = &now.client[c];
    if (!x->line) x->value = 0;
    else TAKE(x->value);
    if (x->writing) TAKE(x->wbValue);
  }
#ifdef SESSIONS
  if (now.late) TAKE(now.lateValue);
#endif
  EACH(c, 0, 2) EACH(v, 0, VALUES - 1) if (now.client[c].data & 1 << v) TAKE(v);
  EACH(c, 0, 2) EACH(v, 0, VALUES - 1) if (now.client[c].seen & 1 << v) TAKE(v);
  int same = 1;
  for (int i = 0; i < count; i++) {
    renamed[order[i]] = i;
    same &= order[i] == i;
  }
  if (same) return;
  if (readtrail) for (int i = 0; i < count; i++) printf("~value %d %d\n", order[i], i);
  now.homeValue = renamed[now.homeValue];
  now.legal = renamedSet(now.legal);
  EACH(c, 0, 2) {
    struct Client *x = &now.client[c];
    if (x->line) x->value = renamed[x->value];
    if (x->writing) x->wbValue = renamed[x->wbValue];
    x->data = renamedSet(x->data);
    x->seen = renamedSet(x->seen);
  }
#ifdef SESSIONS
  if (now.late) now.lateValue = renamed[now.lateValue];
#endif
}

/* A poisoned GETS that has seen only what it may give away is the same whatever it was. */
static void forgetRead(void) {
  int alive = 1 << now.homeValue | now.legal;
  EACH(c, 0, 2) {
    struct Client *x = &now.client[c];
    if (x->line) alive |= 1 << x->value;
    if (x->writing) alive |= 1 << x->wbValue;
  }
#ifdef SESSIONS
  if (now.late) alive |= 1 << now.lateValue;
#endif
  EACH(c, 0, 2) {
    struct Client *x = &now.client[c];
    if (!x->poisoned) continue;
#ifndef FAULT_LATE_WAITERS
    if (!(x->data & ~x->seen) && x->data) { x->data = now.legal & -now.legal; x->seen |= x->data; }
#endif
    x->seen &= alive | x->data;
  }
}

static int bitsOf(int set, const int *to) {
  int out = 0;
  EACH(c, 0, 2) if (set & 1 << c) out |= 1 << to[c];
  return out;
}

/* All there is to know of a client, as one number. */
static unsigned long long signature(int c) {
  unsigned long long s = 0;
  struct Client *x = &now.client[c];
#define ADD(value, width) s = s << (width) | (value)
  ADD(x->line, 2); ADD(x->value, 2); ADD(x->dirty, 1); ADD(x->kind, 2); ADD(x->poisoned, 1); ADD(x->granted, 1); ADD(x->bare, 1);
  ADD(x->data, VALUES); ADD(x->writing, 1); ADD(x->done, 1); ADD(x->oldGets, 1); ADD(x->oldGetm, 1);
  ADD(now.sharers >> c & 1, 1); ADD(now.pending >> c & 1, 1); ADD(now.owner == c, 1); ADD(now.homeOwner == c, 1); ADD(now.last == c, 1);
  ADD(now.stale >> c & 1, 1); ADD(now.staleKeep >> c & 1, 1);
  unsigned long long first = s;
  s = x->seen; ADD(x->drop, 1); ADD(x->wbValue, 2); ADD(x->wbAbout, 3);
  EACH(n, 1, now.number) {
    struct Request *r = &now.q[n];
    ADD(r->from == c, 1); ADD(r->probe >> c & 1, 1); ADD(r->ack >> c & 1, 1); ADD(r->forward >> c & 1, 1); ADD(r->forwarded >> c & 1, 1);
  }
#ifdef SESSIONS
  ADD(x->lease, 1); ADD(x->epoch, 2); ADD(x->guard, 2); ADD(x->writebackEpoch, 2); ADD(x->fenced, 1); ADD(now.late && now.lateFrom == c, 1);
#endif
  return first * 0x9e3779b97f4a7c15ull ^ s * 0xc2b2ae3d27d4eb4full;
}

/* Clients are alike: their order says nothing. */
static void renameClients(void) {
  unsigned long long s[3] = {signature(0), signature(1), signature(2)};
  int from[4] = {0, 1, 2, 3}, to[4];
#define SWAP(i, j) if (s[from[i]] > s[from[j]]) { int k = from[i]; from[i] = from[j]; from[j] = k; }
  SWAP(0, 1) SWAP(1, 2) SWAP(0, 1)
  if (from[0] == 0 && from[1] == 1) return;
  EACH(i, 0, 3) to[from[i]] = i;
  if (readtrail) printf("~clients %d %d %d\n", to[0], to[1], to[2]);
  struct Client old[3];
  memcpy(old, now.client, sizeof(old));
  EACH(i, 0, 2) now.client[i] = old[from[i]];
  now.sharers = bitsOf(now.sharers, to); now.pending = bitsOf(now.pending, to);
  now.stale = bitsOf(now.stale, to); now.staleKeep = bitsOf(now.staleKeep, to);
  now.owner = to[now.owner]; now.homeOwner = to[now.homeOwner]; now.last = to[now.last];
#ifdef SESSIONS
  if (now.late) now.lateFrom = to[now.lateFrom];
#endif
  EACH(n, 1, now.number) {
    struct Request *r = &now.q[n];
    r->from = to[r->from];
    r->probe = bitsOf(r->probe, to); r->ack = bitsOf(r->ack, to);
    r->forward = bitsOf(r->forward, to); r->forwarded = bitsOf(r->forwarded, to);
  }
}

static void settle(void) {
  send();
  forget();
  forgetRead();
  renameClients();
  renameValues();
  now.fresh = freshValue();
}

/*
 * Below an unmodified program: the n-th call of a kind, on paths below given roots, fails, is cut short by a full disk, or is
 * where the program is killed. Loaded by LD_PRELOAD; fault-layer.ts compiles it, fault-control.ts tells it what to do.
 *
 * Which calls: those that libuv (src/unix/fs.c, src/unix/linux.c) and Node's own C++ make of libc. statx and copy_file_range
 * are made through syscall(2)'s wrapper there, preadv and pwritev are looked up by dlsym. coreutils' `sync -f` calls syncfs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, CREATE, READ, WRITE, COPY, RENAME, LINK, UNLINK, MKDIR, RMDIR, SYMLINK, TIMES, MODE, OWNER, STAT, LIST, SYNC, TRUNCATE, LOCK };
enum action { FAIL, KILL_BEFORE, KILL_AFTER, KILL_HALFWAY, FULL, PAUSE };
enum verdict { PASS, REFUSE, DIE_AFTER };

/* Shared with the test, and with the programs that this one starts. Its order is that of fault-control.ts. */
struct control {
  union { pthread_mutex_t mutex; char room[64]; } lock;
  int64_t ready, armed, kinds, at, action, error, onward, budget, matched, fired, firedKind;
  int64_t counts[24];
  char prefix[1024], part[128], firedPath[1024];
  volatile int64_t paused;
};

static struct control *control;
static const char *roots;
static int trace = -1;
static int state; /* 0 not looked, 1 looking or off, 2 on */
static pid_t main_pid;

static long (*real_syscall)(long, ...);

static void begin(void) {
  if (state != 0) return;
  state = 1;
  real_syscall = dlsym(RTLD_NEXT, "syscall");
  const char *file = getenv("SIFAKA_FAULTS_CONTROL");
  roots = getenv("SIFAKA_FAULTS_ROOTS");
  if (file == NULL || roots == NULL) return;
  int fd = real_syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  real_syscall(SYS_close, fd);
  if (control == MAP_FAILED) { control = NULL; return; }
  const char *lines = getenv("SIFAKA_FAULTS_TRACE");
  if (lines != NULL) trace = real_syscall(SYS_openat, AT_FDCWD, lines, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  /* The program under test is the first of its family. An orphan of it must not come upon what is meant for the next one. */
  const char *first = getenv("SIFAKA_FAULTS_MAIN");
  if (first != NULL) {
    main_pid = atoi(first);
    if (kill(main_pid, 0) != 0) return;
  } else {
    char own[16];
    main_pid = getpid();
    snprintf(own, sizeof own, "%d", (int)main_pid);
    setenv("SIFAKA_FAULTS_MAIN", own, 1);
  }
  if (!control->ready) {
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&control->lock.mutex, &shared);
    control->ready = 1;
  }
  state = 2;
}

static long link_of(const char *link, char *out, size_t room) {
  long length = real_syscall(SYS_readlinkat, AT_FDCWD, link, out, room - 1);
  out[length < 0 ? 0 : length] = 0;
  return length;
}

/* The path as the kernel would go: of a descriptor (path NULL or empty), below one, below the working folder, or absolute. */
static int resolve(int dirfd, const char *path, char *out, size_t room) {
  char link[64];
  const char *rest = path == NULL ? "" : path;
  if (path != NULL && path[0] == '/') {
    if (strncmp(path, "/proc/self/fd/", 14) != 0) { snprintf(out, room, "%s", path); return 1; }
    dirfd = atoi(path + 14);
    rest = strchr(path + 14, '/');
    rest = rest == NULL ? "" : rest + 1;
  }
  if (dirfd == AT_FDCWD) strcpy(link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
  long length = link_of(link, out, room);
  if (length <= 0 || out[0] != '/') return 0;
  if (*rest != 0 && (size_t)length + 2 < room) snprintf(out + length, room - length, "/%s", rest);
  return 1;
}

static int below(const char *path, const char *root, size_t length) {
  return length > 0 && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int below_roots(const char *path) {
  for (const char *root = roots; *root != 0;) {
    const char *end = strchrnul(root, ':');
    if (below(path, root, end - root)) return 1;
    root = *end == 0 ? end : end + 1;
  }
  return 0;
}

static void lock(void) {
  if (pthread_mutex_lock(&control->lock.mutex) == EOWNERDEAD) pthread_mutex_consistent(&control->lock.mutex);
}

static void die(void) {
  /* A program that was started by the one under test takes that one with it. */
  if (main_pid != getpid()) kill(main_pid, SIGKILL);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Sets errno when it refuses. `size` is what is to be written, or NULL; less is left of it when the disk gets full. */
static enum verdict decide(enum kind kind, int dirfd, const char *path, size_t *size) {
  static const char *names[] = { "open", "create", "read", "write", "copy", "rename", "link", "unlink", "mkdir", "rmdir", "symlink", "times", "mode", "owner", "stat", "list", "sync", "truncate", "lock" };
  char place[4352];
  int saved = errno;
  begin();
  if (state != 2 || !resolve(dirfd, path, place, sizeof place) || !below_roots(place)) { errno = saved; return PASS; }
  lock();
  control->counts[kind]++;
  if (trace >= 0) {
    char line[4500];
    int length = snprintf(line, sizeof line, "%s %s\n", names[kind], place);
    real_syscall(SYS_write, trace, line, (size_t)length);
  }
  enum verdict verdict = PASS;
  int pauses = 0;
  int matches = control->armed && (control->kinds >> kind & 1) && strncmp(place, control->prefix, strlen(control->prefix)) == 0 &&
                strstr(place, control->part) != NULL;
  if (matches) {
    control->matched++;
    int now = control->action == FULL || control->matched == control->at || (control->onward && control->matched > control->at);
    if (control->action == FULL && size != NULL) {
      now = (int64_t)*size > control->budget;
      if (now) *size = control->budget;
      control->budget -= *size;
      if (*size > 0) now = 0;
    }
    if (now) {
      control->fired++;
      control->firedKind = kind;
      snprintf(control->firedPath, sizeof control->firedPath, "%s", place);
      switch (control->action) {
        case FAIL: case FULL: verdict = REFUSE; saved = control->error; break;
        case PAUSE: pauses = 1; break;
        case KILL_AFTER: verdict = DIE_AFTER; break;
        case KILL_HALFWAY: if (size != NULL && *size > 1) { *size /= 2; verdict = DIE_AFTER; break; } /* fall through */
        default: die();
      }
    }
  }
  if (pauses) control->paused = 1;
  pthread_mutex_unlock(&control->lock.mutex);
  /* This thread only; the test changes something meanwhile. */
  while (pauses && control->paused) usleep(1000);
  errno = saved;
  return verdict;
}

#define REAL(type, name, parameters) static type (*real) parameters; if (real == NULL) real = dlsym(RTLD_NEXT, #name)
#define CALL(type, name, parameters, arguments, failed, kind, dirfd, path)       \
  type name parameters {                                                         \
    REAL(type, name, parameters);                                                \
    enum verdict verdict = decide(kind, dirfd, path, NULL);                      \
    if (verdict == REFUSE) return failed;                                        \
    type result = real arguments;                                                \
    if (verdict == DIE_AFTER) die();                                             \
    return result;                                                               \
  }
#define INT(name, parameters, arguments, kind, dirfd, path) CALL(int, name, parameters, arguments, -1, kind, dirfd, path)

#define OPENING(name)                                                            \
  int name(const char *path, int flags, ...) {                                   \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more); \
    REAL(int, name, (const char *, int, ...));                                   \
    enum verdict verdict = decide(flags & O_CREAT ? CREATE : OPEN, AT_FDCWD, path, NULL); \
    if (verdict == REFUSE) return -1;                                            \
    int result = real(path, flags, mode);                                        \
    if (verdict == DIE_AFTER) die();                                             \
    return result;                                                               \
  }
#define OPENING_AT(name)                                                         \
  int name(int fd, const char *path, int flags, ...) {                           \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more); \
    REAL(int, name, (int, const char *, int, ...));                              \
    enum verdict verdict = decide(flags & O_CREAT ? CREATE : OPEN, fd, path, NULL); \
    if (verdict == REFUSE) return -1;                                            \
    int result = real(fd, path, flags, mode);                                    \
    if (verdict == DIE_AFTER) die();                                             \
    return result;                                                               \
  }
OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)

CALL(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), -1, READ, fd, NULL)
CALL(ssize_t, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count), -1, READ, fd, NULL)
CALL(ssize_t, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at), -1, READ, fd, NULL)
CALL(ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at), -1, READ, fd, NULL)
CALL(ssize_t, preadv, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at), -1, READ, fd, NULL)
CALL(ssize_t, preadv64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at), -1, READ, fd, NULL)

/* What was let through by a full disk, and not written, is room again. */
static void give_back(size_t asked, ssize_t done) {
  if (state != 2 || control->action != FULL || !control->armed || done == (ssize_t)asked) return;
  lock();
  control->budget += asked - (done < 0 ? 0 : done);
  pthread_mutex_unlock(&control->lock.mutex);
}

#define WRITING(name, parameters, arguments, fd, kind)                           \
  ssize_t name parameters {                                                      \
    REAL(ssize_t, name, parameters);                                             \
    enum verdict verdict = decide(kind, fd, NULL, &size);                        \
    if (verdict == REFUSE) return -1;                                            \
    ssize_t result = real arguments;                                             \
    if (verdict == DIE_AFTER) die();                                             \
    give_back(size, result);                                                     \
    return result;                                                               \
  }
WRITING(write, (int fd, const void *data, size_t size), (fd, data, size), fd, WRITE)
WRITING(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), fd, WRITE)
WRITING(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), fd, WRITE)
WRITING(sendfile, (int out, int in, off_t *at, size_t size), (out, in, at, size), out, COPY)
WRITING(sendfile64, (int out, int in, off64_t *at, size_t size), (out, in, at, size), out, COPY)
WRITING(copy_file_range, (int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags), (in, from, out, to, size, flags), out, COPY)

/* Several parts in one call are written one by one, so that a full disk can cut them too. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, (int, const struct iovec *, int));
  char place[4352];
  begin();
  if (state != 2 || !resolve(fd, NULL, place, sizeof place) || !below_roots(place)) return real(fd, parts, count);
  return count > 0 ? write(fd, parts[0].iov_base, parts[0].iov_len) : 0;
}
#define WRITING_PARTS_AT(name)                                                   \
  ssize_t name(int fd, const struct iovec *parts, int count, off64_t at) {       \
    REAL(ssize_t, name, (int, const struct iovec *, int, off64_t));              \
    char place[4352];                                                            \
    begin();                                                                     \
    if (state != 2 || !resolve(fd, NULL, place, sizeof place) || !below_roots(place)) return real(fd, parts, count, at); \
    return count > 0 ? pwrite64(fd, parts[0].iov_base, parts[0].iov_len, at) : 0; \
  }
WRITING_PARTS_AT(pwritev)
WRITING_PARTS_AT(pwritev64)

INT(rename, (const char *from, const char *to), (from, to), RENAME, AT_FDCWD, to)
INT(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), RENAME, b, to)
INT(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), RENAME, b, to)
INT(link, (const char *from, const char *to), (from, to), LINK, AT_FDCWD, to)
INT(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), LINK, b, to)
INT(unlink, (const char *path), (path), UNLINK, AT_FDCWD, path)
INT(unlinkat, (int fd, const char *path, int flags), (fd, path, flags), flags & AT_REMOVEDIR ? RMDIR : UNLINK, fd, path)
INT(remove, (const char *path), (path), UNLINK, AT_FDCWD, path)
INT(mkdir, (const char *path, mode_t mode), (path, mode), MKDIR, AT_FDCWD, path)
INT(mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode), MKDIR, fd, path)
INT(rmdir, (const char *path), (path), RMDIR, AT_FDCWD, path)
INT(symlink, (const char *target, const char *path), (target, path), SYMLINK, AT_FDCWD, path)
INT(symlinkat, (const char *target, int fd, const char *path), (target, fd, path), SYMLINK, fd, path)
INT(utimes, (const char *path, const struct timeval times[2]), (path, times), TIMES, AT_FDCWD, path)
INT(lutimes, (const char *path, const struct timeval times[2]), (path, times), TIMES, AT_FDCWD, path)
INT(utimensat, (int fd, const char *path, const struct timespec times[2], int flags), (fd, path, times, flags), TIMES, fd, path)
INT(futimens, (int fd, const struct timespec times[2]), (fd, times), TIMES, fd, NULL)
INT(chmod, (const char *path, mode_t mode), (path, mode), MODE, AT_FDCWD, path)
INT(fchmod, (int fd, mode_t mode), (fd, mode), MODE, fd, NULL)
INT(fchmodat, (int fd, const char *path, mode_t mode, int flags), (fd, path, mode, flags), MODE, fd, path)
INT(chown, (const char *path, uid_t user, gid_t group), (path, user, group), OWNER, AT_FDCWD, path)
INT(lchown, (const char *path, uid_t user, gid_t group), (path, user, group), OWNER, AT_FDCWD, path)
INT(fchown, (int fd, uid_t user, gid_t group), (fd, user, group), OWNER, fd, NULL)
INT(fsync, (int fd), (fd), SYNC, fd, NULL)
INT(fdatasync, (int fd), (fd), SYNC, fd, NULL)
INT(syncfs, (int fd), (fd), SYNC, fd, NULL)
INT(ftruncate, (int fd, off_t size), (fd, size), TRUNCATE, fd, NULL)
INT(ftruncate64, (int fd, off64_t size), (fd, size), TRUNCATE, fd, NULL)
/* Node is built against a glibc that has no lstat yet. */
INT(__xstat64, (int version, const char *path, struct stat64 *out), (version, path, out), STAT, AT_FDCWD, path)
INT(__lxstat64, (int version, const char *path, struct stat64 *out), (version, path, out), STAT, AT_FDCWD, path)
INT(__fxstat64, (int version, int fd, struct stat64 *out), (version, fd, out), STAT, fd, NULL)
INT(scandir64, (const char *path, struct dirent64 ***out, int (*wanted)(const struct dirent64 *), int (*order)(const struct dirent64 **, const struct dirent64 **)), (path, out, wanted, order), LIST, AT_FDCWD, path)
CALL(DIR *, opendir, (const char *path), (path), NULL, LIST, AT_FDCWD, path)
CALL(struct dirent64 *, readdir64, (DIR *folder), (folder), NULL, LIST, dirfd(folder), NULL)

/* Only what asks for a lock: libuv sets flags of descriptors with it, too. */
#define LOCKING(name)                                                            \
  int name(int fd, int command, ...) {                                           \
    va_list more;                                                                \
    va_start(more, command);                                                     \
    void *argument = va_arg(more, void *);                                       \
    va_end(more);                                                                \
    REAL(int, name, (int, int, ...));                                            \
    if (command != F_SETLK && command != F_SETLKW) return real(fd, command, argument); \
    enum verdict verdict = decide(LOCK, fd, NULL, NULL);                         \
    if (verdict == REFUSE) return -1;                                            \
    int result = real(fd, command, argument);                                    \
    if (verdict == DIE_AFTER) die();                                             \
    return result;                                                               \
  }
LOCKING(fcntl)
LOCKING(fcntl64)

long syscall(long number, ...) {
  long a[6];
  va_list more;
  va_start(more, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  begin();
  if (real_syscall == NULL) real_syscall = dlsym(RTLD_NEXT, "syscall");
  enum verdict verdict = PASS;
  size_t size = 0;
  switch (number) {
    case SYS_statx: verdict = decide(STAT, (int)a[0], (const char *)a[1], NULL); break;
    case SYS_copy_file_range: size = a[4]; verdict = decide(COPY, (int)a[2], NULL, &size); a[4] = size; break;
    case SYS_renameat2: verdict = decide(RENAME, (int)a[2], (const char *)a[3], NULL); break;
    case SYS_getdents64: verdict = decide(LIST, (int)a[0], NULL, NULL); break;
  }
  if (verdict == REFUSE) return -1;
  long result = real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (verdict == DIE_AFTER) die();
  if (number == SYS_copy_file_range) give_back(size, result);
  return result;
}

/* Each forced write to the disk takes longer: what a slow disk does to those who wait for it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_more(void) {
  const char *us = getenv("SLOWSYNC_US");
  if (us) usleep((useconds_t)atoi(us));
}
int fsync(int fd) { wait_more(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { wait_more(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }

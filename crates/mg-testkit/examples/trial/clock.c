/* A clock that is five minutes fast, for a process that is started with LD_PRELOAD. What measures
   lengths of time goes as ever. */

#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long failed = syscall(SYS_clock_gettime, clock, time);

    if (failed == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += 300;
    return failed == 0 ? 0 : -1;
}

/* The limit for pulses: open and close frames over loopback TCP, each at an absolute instant, by clock_nanosleep.
 *
 * pulse PORT T0_NS COUNT PERIOD_NS WIDTH_NS FIFO
 *   T0_NS  instant of the first opening on CLOCK_MONOTONIC
 *   FIFO   priority of SCHED_FIFO, 0 for the ordinary policy
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 8 };

static int fail(const char *what) {
    perror(what);
    return 1;
}

static int dial(int port) {
    int line = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(line, (struct sockaddr *)&peer, sizeof peer) ? -1 : line;
}

static int edge(int line, char kind, unsigned number, long long at) {
    char frame[FRAME + 1];
    struct timespec when = {at / 1000000000LL, at % 1000000000LL};
    snprintf(frame, sizeof frame, "%c%06u\n", kind, number % 1000000u);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL)) {
    }
    return write(line, frame, FRAME) == FRAME ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: pulse PORT T0_NS COUNT PERIOD_NS WIDTH_NS FIFO\n");
        return 2;
    }
    long long at = atoll(argv[2]), period = atoll(argv[4]), width = atoll(argv[5]);
    unsigned count = (unsigned)atoi(argv[3]);
    struct sched_param priority = {.sched_priority = atoi(argv[6])};
    if (priority.sched_priority && sched_setscheduler(0, SCHED_FIFO, &priority)) return fail("SCHED_FIFO");
    int line = dial(atoi(argv[1]));
    if (line < 0) return fail("connect");
    for (unsigned n = 0; n < count; n++, at += period)
        if (edge(line, 'O', n, at) || edge(line, 'C', n, at + width)) return fail("write");
    return close(line);
}

/* The limit for pulses: open and close frames over loopback TCP, each at an absolute instant, by clock_nanosleep.
 *
 * pulse PORT T0_NS COUNT PERIOD_NS WIDTH_NS FIFO [OPEN CLOSE]
 *   T0_NS  instant of the first opening on CLOCK_MONOTONIC
 *   FIFO   priority of SCHED_FIFO, 0 for the ordinary policy
 *   OPEN   the frame of every opening, in hex; without, frames of 8 bytes that count
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

enum { LONGEST = 32 };

struct frame {
    char bytes[LONGEST];
    int length;
};

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

static struct frame counted(char kind, unsigned number) {
    struct frame made;
    made.length = snprintf(made.bytes, sizeof made.bytes, "%c%06u\n", kind, number % 1000000u);
    return made;
}

static struct frame given(const char *hex) {
    struct frame made = {.length = 0};
    unsigned byte;
    for (; made.length < LONGEST && sscanf(hex, "%2x", &byte) == 1; hex += 2) made.bytes[made.length++] = (char)byte;
    return made;
}

static int edge(int line, struct frame frame, long long at) {
    struct timespec when = {at / 1000000000LL, at % 1000000000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL)) {
    }
    return write(line, frame.bytes, (size_t)frame.length) == frame.length ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 7 && argc != 9) {
        fprintf(stderr, "usage: pulse PORT T0_NS COUNT PERIOD_NS WIDTH_NS FIFO [OPEN CLOSE]\n");
        return 2;
    }
    long long at = atoll(argv[2]), period = atoll(argv[4]), width = atoll(argv[5]);
    unsigned count = (unsigned)atoi(argv[3]);
    struct sched_param priority = {.sched_priority = atoi(argv[6])};
    if (priority.sched_priority && sched_setscheduler(0, SCHED_FIFO, &priority)) return fail("SCHED_FIFO");
    int line = dial(atoi(argv[1]));
    if (line < 0) return fail("connect");
    for (unsigned n = 0; n < count; n++, at += period) {
        struct frame opening = argc == 9 ? given(argv[7]) : counted('O', n);
        struct frame closing = argc == 9 ? given(argv[8]) : counted('C', n);
        if (edge(line, opening, at) || edge(line, closing, at + width)) return fail("write");
    }
    return close(line);
}

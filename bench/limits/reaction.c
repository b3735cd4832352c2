/* The limit for reactions: a plain loop that reads messages on one loopback TCP line, and answers one whose flow is too
 * large by a frame on another.
 *
 * reaction IN OUT FIFO FRAME HIGHEST
 *   IN, OUT  ports of the line that is read and of the one that is written
 *   FIFO     priority of SCHED_FIFO, 0 for the ordinary policy
 *   FRAME    what is written, in hex
 *   HIGHEST  the fifth number of a data frame ("A +011.43 +025.00 +019.60 +020.00 ...") must be less
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 4096, FLOW = 4 };

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

/* Whether a data frame with too large a flow is among what was received; other bytes are of the board. */
static int violates(const char *heard, ssize_t length, double highest) {
    for (const char *at = heard; at + 1 < heard + length; at++) {
        if (at[0] != 'A' || at[1] != ' ') continue;
        const char *flow = at;
        for (int column = 0; flow && column < FLOW; column++) flow = strchr(flow + 1, ' ');
        if (flow && atof(flow) >= highest) return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: reaction IN OUT FIFO FRAME HIGHEST\n");
        return 2;
    }
    struct sched_param priority = {.sched_priority = atoi(argv[3])};
    if (priority.sched_priority && sched_setscheduler(0, SCHED_FIFO, &priority)) return fail("SCHED_FIFO");
    unsigned char frame[LONGEST];
    char heard[LONGEST + 1];
    ssize_t length = 0, got;
    unsigned byte;
    for (const char *hex = argv[4]; length < LONGEST && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        frame[length++] = (unsigned char)byte;
    int in = dial(atoi(argv[1])), out = dial(atoi(argv[2]));
    if (in < 0 || out < 0) return fail("connect");
    double highest = atof(argv[5]);
    while ((got = recv(in, heard, LONGEST, 0)) > 0) {
        heard[got] = 0;
        if (violates(heard, got, highest) && write(out, frame, (size_t)length) != length) return fail("write");
    }
    return 0;
}

/* The limit for reactions: a plain loop that answers each message on one loopback TCP line by a frame on another.
 *
 * reaction IN OUT FIFO FRAME
 *   IN, OUT  ports of the line that is read and of the one that is written
 *   FIFO     priority of SCHED_FIFO, 0 for the ordinary policy
 *   FRAME    what is written, in hex
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 256 };

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

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: reaction IN OUT FIFO FRAME\n");
        return 2;
    }
    struct sched_param priority = {.sched_priority = atoi(argv[3])};
    if (priority.sched_priority && sched_setscheduler(0, SCHED_FIFO, &priority)) return fail("SCHED_FIFO");
    unsigned char frame[LONGEST], heard[LONGEST];
    ssize_t length = 0;
    unsigned byte;
    for (const char *hex = argv[4]; length < LONGEST && sscanf(hex, "%2x", &byte) == 1; hex += 2)
        frame[length++] = (unsigned char)byte;
    int in = dial(atoi(argv[1])), out = dial(atoi(argv[2]));
    if (in < 0 || out < 0) return fail("connect");
    while (recv(in, heard, sizeof heard, 0) > 0)
        if (write(out, frame, (size_t)length) != length) return fail("write");
    return 0;
}

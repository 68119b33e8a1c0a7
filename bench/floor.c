/* The floor: the least that a head-end can do and still keep its promise.
 *
 * One thread waits with epoll, gathers what all ready sockets hold, writes the batch to a file,
 * calls fdatasync once and answers every socket that was in the batch with "A <time>" for its last
 * whole line. It parses nothing else, knows no meters and answers no questions, so a real head-end
 * can at best come near it on the same machine.
 *
 *   floor FILE        prints "ready <port>" and runs until it is killed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 20000
#define CHUNK_SIZE (64 * 1024)
#define BATCH_SIZE (64 * 1024 * 1024)
#define TAIL_SIZE 64 /* longer than any line the generator sends */

struct connection {
    char tail[TAIL_SIZE];
    int tail_size;
    char time[24]; /* of the last whole line in this batch, as text */
    int time_size;
};

static struct connection *connections[CONNECTIONS_MAX];
static char *batch;
static size_t batch_size;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void note_last_line(struct connection *c, const char *end) {
    /* end points at the last LF; the line is "R <time> …" */
    const char *start = end;
    while (start > batch && start[-1] != '\n') start--;
    const char *time = start + 2;
    const char *space = memchr(time, ' ', end - time);
    c->time_size = space ? (int)(space - time) : 0;
    memcpy(c->time, time, c->time_size);
}

static int take(int fd) {
    struct connection *c = connections[fd];
    if (batch_size + CHUNK_SIZE + TAIL_SIZE > BATCH_SIZE) return 1; /* next round */
    char *begin = batch + batch_size;
    memcpy(begin, c->tail, c->tail_size);
    ssize_t n = recv(fd, begin + c->tail_size, CHUNK_SIZE, MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    size_t have = c->tail_size + n;
    char *last = memrchr(begin, '\n', have);
    size_t whole = last ? (size_t)(last - begin) + 1 : 0;
    c->tail_size = have - whole;
    memcpy(c->tail, begin + whole, c->tail_size);
    if (whole) note_last_line(c, last);
    batch_size += whole;
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: floor FILE\n"), 2;
    int file = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (file < 0) fail(argv[1]);
    batch = malloc(BATCH_SIZE);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &address_size);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);

    int poll = epoll_create1(0);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener}, events[4096];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &want);
    static int answered[CONNECTIONS_MAX];
    for (;;) {
        int n = epoll_wait(poll, events, 4096, -1), ready = 0;
        batch_size = 0;
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int peer;
                while ((peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    int one = 1;
                    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    connections[peer] = calloc(1, sizeof **connections);
                    struct epoll_event e = {.events = EPOLLIN, .data.fd = peer};
                    epoll_ctl(poll, EPOLL_CTL_ADD, peer, &e);
                }
            } else if (!take(fd)) {
                free(connections[fd]);
                close(fd);
            } else {
                answered[ready++] = fd;
            }
        }
        if (!batch_size) continue;
        for (size_t done = 0; done < batch_size;) {
            ssize_t w = write(file, batch + done, batch_size - done);
            if (w < 0) fail("write");
            done += w;
        }
        if (fdatasync(file)) fail("fdatasync");
        for (int i = 0; i < ready; i++) {
            struct connection *c = connections[answered[i]];
            if (!c->time_size) continue;
            char line[32] = "A ";
            memcpy(line + 2, c->time, c->time_size);
            line[2 + c->time_size] = '\n';
            if (send(answered[i], line, 3 + c->time_size, MSG_NOSIGNAL) < 0) perror("send");
            c->time_size = 0;
        }
    }
}

/* The load generator: many meters, each with a fixed number of readings in flight.
 *
 *   load SECONDS IN_FLIGHT FIRST_FD CONNECTIONS FIRST_TIME [RATE [FIRST_WH [STEP]]]
 *
 * It inherits CONNECTIONS connected (and, where the peer wants it, logged-in) sockets, numbered from
 * FIRST_FD. On each it keeps IN_FLIGHT lines "R <time> <import> 0" unanswered; times rise by STEP
 * seconds (1 unless given) from FIRST_TIME, so "A <time>" says how many lines it answers. Registers
 * rise from FIRST_WH, as in a home of some 280 W. With RATE (readings a second, all
 * connections together) it sends at that pace instead, never more than IN_FLIGHT a connection.
 * At the end it prints one JSON object: readings answered, seconds, and the quantiles of the time
 * from sending a line to its answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STAMPS 256 /* send times remembered per connection, a ring; at least IN_FLIGHT */
#define BUCKETS 2000000

struct meter {
    long sent, answered; /* lines so far */
    long import_wh;
    double stamps[STAMPS];
    char tail[64];
    int tail_size;
};

static struct meter *meters;
static unsigned histogram[BUCKETS]; /* of answer times, in 10 µs */
static long first_time, step = 1, answered_total;
static int first_fd, in_flight;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static char *put_number(char *p, long value) {
    char digits[24];
    int n = 0;
    do digits[n++] = '0' + value % 10;
    while (value /= 10);
    while (n) *p++ = digits[--n];
    return p;
}

static void send_lines(int i, long count) {
    static char buffer[STAMPS * 64];
    struct meter *m = &meters[i];
    char *p = buffer;
    double now = now_s();
    for (long k = 0; k < count; k++) {
        m->import_wh += step * ((m->sent * 7 + i) % 13 == 0);
        m->stamps[m->sent % STAMPS] = now;
        *p++ = 'R', *p++ = ' ';
        p = put_number(p, first_time + step * m->sent++);
        *p++ = ' ';
        p = put_number(p, m->import_wh);
        *p++ = ' ', *p++ = '0', *p++ = '\n';
    }
    for (char *q = buffer; q < p;) {
        ssize_t n = send(first_fd + i, q, p - q, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) fail("send");
        if (n > 0) q += n;
    }
}

static void take_answers(int i) {
    struct meter *m = &meters[i];
    char buffer[4096 + 64];
    memcpy(buffer, m->tail, m->tail_size);
    ssize_t n = recv(first_fd + i, buffer + m->tail_size, 4096, MSG_DONTWAIT);
    if (n == 0) fprintf(stderr, "load: the server closed connection %d\n", i), exit(1);
    if (n < 0) return;
    char *line = buffer, *end = buffer + m->tail_size + n, *lf;
    double now = now_s();
    while ((lf = memchr(line, '\n', end - line))) {
        if (line[0] != 'A') fprintf(stderr, "load: got %.*s\n", (int)(lf - line), line), exit(1);
        long upto = (atol(line + 2) - first_time) / step + 1;
        for (; m->answered < upto; m->answered++, answered_total++) {
            long bucket = (now - m->stamps[m->answered % STAMPS]) * 1e5;
            histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        }
        line = lf + 1;
    }
    m->tail_size = end - line;
    memcpy(m->tail, line, m->tail_size);
}

static double quantile_ms(double q) {
    long below = 0;
    for (long b = 0; b < BUCKETS; b++)
        if ((below += histogram[b]) >= q * answered_total) return b / 100.0;
    return -1;
}

int main(int argc, char **argv) {
    if (argc < 6) return fprintf(stderr, "usage: load SECONDS IN_FLIGHT FIRST_FD CONNECTIONS FIRST_TIME [RATE [FIRST_WH [STEP]]]\n"), 2;
    double seconds = atof(argv[1]), rate = argc > 6 ? atof(argv[6]) : 0;
    in_flight = atoi(argv[2]);
    first_fd = atoi(argv[3]);
    int connections = atoi(argv[4]);
    first_time = atol(argv[5]);
    if (argc > 8) step = atol(argv[8]);
    if (in_flight > STAMPS) return fprintf(stderr, "load: at most %d in flight\n", STAMPS), 2;
    meters = calloc(connections, sizeof *meters);
    for (int i = 0; i < connections; i++) meters[i].import_wh = argc > 7 ? atol(argv[7]) : 0;

    int poll = epoll_create1(0);
    static struct epoll_event events[4096];
    for (int i = 0; i < connections; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, first_fd + i, &e)) fail("epoll_ctl");
    }
    double start = now_s(), now = start;
    long paced = 0;
    int next = 0;
    if (!rate)
        for (int i = 0; i < connections; i++) send_lines(i, in_flight);
    while ((now = now_s()) < start + seconds) {
        int n = epoll_wait(poll, events, 4096, rate ? 1 : 100);
        for (int k = 0; k < n; k++) {
            int i = events[k].data.u32;
            take_answers(i);
            if (!rate && meters[i].answered + in_flight > meters[i].sent)
                send_lines(i, meters[i].answered + in_flight - meters[i].sent);
        }
        for (; rate && paced < (now - start) * rate; paced++, next = (next + 1) % connections)
            if (meters[next].sent - meters[next].answered < in_flight) send_lines(next, 1);
    }
    double took = now_s() - start;
    printf("{\"readings\": %ld, \"seconds\": %.3f, \"readings_per_s\": %.0f, \"p50_ms\": %.2f, "
           "\"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
           answered_total, took, answered_total / took, quantile_ms(0.5), quantile_ms(0.99), quantile_ms(1));
    return 0;
}

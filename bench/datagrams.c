/* The datagram generator: sends ready-made datagrams, one reading each, and counts answers.
 *
 *   datagrams SECONDS PORT WINDOW FILE
 *
 * FILE holds records of a two-byte length (little-endian) and a datagram with its proof. At most
 * WINDOW are unanswered at once; when nothing comes back for 100 ms, what is missing counts as lost
 * and the window is opened again. Prints one JSON object.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define BURST 64

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 5) return fprintf(stderr, "usage: datagrams SECONDS PORT WINDOW FILE\n"), 2;
    double seconds = atof(argv[1]);
    long window = atol(argv[3]);
    int file = open(argv[4], O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status)) fail(argv[4]);
    unsigned char *text = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0), *p = text;
    if (text == MAP_FAILED) fail("mmap");

    int s = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(s, (struct sockaddr *)&peer, sizeof peer)) fail("connect");

    static char answers[BURST][128];
    struct iovec out_parts[BURST], in_parts[BURST];
    struct mmsghdr out[BURST] = {0}, in[BURST] = {0};
    for (int i = 0; i < BURST; i++) {
        out[i].msg_hdr.msg_iov = &out_parts[i], out[i].msg_hdr.msg_iovlen = 1;
        in_parts[i] = (struct iovec){answers[i], sizeof answers[i]};
        in[i].msg_hdr.msg_iov = &in_parts[i], in[i].msg_hdr.msg_iovlen = 1;
    }
    long sent = 0, answered = 0, lost = 0;
    double start = now_s(), heard = start, now = start;
    unsigned char *end = text + status.st_size;
    while ((now = now_s()) < start + seconds && (p < end || answered + lost < sent)) {
        int n = 0;
        for (; n < BURST && sent + n - answered - lost < window && p < end; n++) {
            int length = p[0] | p[1] << 8;
            out_parts[n] = (struct iovec){p + 2, length};
            p += 2 + length;
        }
        if (n) {
            int k = sendmmsg(s, out, n, 0);
            sent += n;
            if (k < n) lost += n - (k > 0 ? k : 0);
        }
        int got = recvmmsg(s, in, BURST, MSG_DONTWAIT, NULL);
        if (got > 0) {
            answered += got, heard = now;
        } else if (!n) {
            struct pollfd wait = {.fd = s, .events = POLLIN};
            poll(&wait, 1, 5);
            if (now - heard > 0.1) lost = sent - answered, heard = now;
        }
    }
    double took = now_s() - start;
    printf("{\"readings\": %ld, \"seconds\": %.3f, \"readings_per_s\": %.0f, \"lost\": %ld}\n", answered, took, answered / took, lost);
    return 0;
}

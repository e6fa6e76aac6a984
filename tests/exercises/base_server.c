/* The stages of the first two groups, in C: one loop over all sockets.  cc -o base base_server.c && ./base 7000

   It proves that the judge asks for nothing that only Python would do.  A connection keeps what has come and
   is no whole command yet (in), and what could not be sent yet (out). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 256
#define WORDS 64

typedef struct { char *data; size_t length; } Bytes;
typedef struct { Bytes in, out; int closing; } Client;
typedef struct Pair { Bytes key, value; struct Pair *next; } Pair;

static Client clients[CLIENTS];
static struct pollfd sockets[CLIENTS]; /* sockets[0] accepts; the others are those of clients[] */
static Pair *pairs;                    /* a list will do for a few keys */

static void append(Bytes *to, const void *data, size_t length) {
    to->data = realloc(to->data, to->length + length + 1);
    memcpy(to->data + to->length, data, length);
    to->data[to->length += length] = 0;
}

static void drop_first(Bytes *from, size_t count) {
    memmove(from->data, from->data + count, from->length -= count);
}

static void say(Client *client, const char *text) { append(&client->out, text, strlen(text)); }

static void say_bulk(Client *client, Bytes value) {
    char header[32];
    snprintf(header, sizeof header, "$%zu\r\n", value.length);
    say(client, header);
    append(&client->out, value.data, value.length);
    say(client, "\r\n");
}

static int equal(Bytes a, Bytes b) { return a.length == b.length && !memcmp(a.data, b.data, a.length); }

static Pair *find(Bytes key) {
    Pair *pair = pairs;
    while (pair && !equal(pair->key, key)) pair = pair->next;
    return pair;
}

static void set(Bytes key, Bytes value) {
    Pair *pair = find(key);
    if (!pair) {
        pair = calloc(1, sizeof *pair);
        append(&pair->key, key.data, key.length);
        pair->next = pairs;
        pairs = pair;
    }
    pair->value.length = 0;
    append(&pair->value, value.data, value.length);
}

static void run(Client *client, Bytes *words, int count) {
    static const struct { const char *name; int fewest, most; } table[] = {
        {"ping", 1, 2}, {"echo", 2, 2}, {"set", 3, 3}, {"get", 2, 2}, {"quit", 1, 1}, {"flushall", 1, 1}, {0, 0, 0}};
    char name[32], error[128];
    int command = 0;
    snprintf(name, sizeof name, "%.*s", (int)words[0].length, words[0].data);
    while (table[command].name && strcasecmp(table[command].name, name)) command++;
    if (!table[command].name) {
        snprintf(error, sizeof error, "-ERR unknown command '%s', with args beginning with: \r\n", name);
        say(client, error);
    } else if (count < table[command].fewest || count > table[command].most) {
        snprintf(error, sizeof error, "-ERR wrong number of arguments for '%s' command\r\n", table[command].name);
        say(client, error);
    } else if (command == 0 && count == 1) {
        say(client, "+PONG\r\n");
    } else if (command <= 1) {
        say_bulk(client, words[1]);
    } else if (command == 3) {
        Pair *pair = find(words[1]);
        if (pair) say_bulk(client, pair->value);
        else say(client, "$-1\r\n");
    } else {
        if (command == 2) set(words[1], words[2]);
        if (command == 4) client->closing = 1;
        if (command == 5) pairs = NULL;
        say(client, "+OK\r\n");
    }
}

/* Find the words of the first command; returns its length in bytes, 0 when it is not whole, -1 when it is none. */
static long parse(Bytes in, Bytes *words, int *count) {
    char *at = in.data, *end = in.data + in.length, *line_end = in.length ? memmem(at, end - at, "\r\n", 2) : NULL;
    *count = 0;
    if (!line_end) return 0;
    if (*at != '*') { /* a plain line, as people type it */
        while (at < line_end && *count < WORDS) {
            char *space = memchr(at, ' ', line_end - at), *stop = space ? space : line_end;
            if (stop > at) words[(*count)++] = (Bytes){at, stop - at};
            at = stop + 1;
        }
        return line_end + 2 - in.data;
    }
    long wanted = strtol(at + 1, NULL, 10);
    if (wanted > WORDS) return -1;
    for (at = line_end + 2; *count < wanted; at += words[(*count)++].length + 2) {
        char *digits_end;
        if (at >= end || !(line_end = memmem(at, end - at, "\r\n", 2))) return 0;
        long length = strtol(at + 1, &digits_end, 10);
        if (*at != '$' || digits_end != line_end || length < 0) return -1;
        at = line_end + 2;
        if (end - at < length + 2) return 0;
        words[*count] = (Bytes){at, length};
    }
    return at - in.data;
}

static void run_all(Client *client) {
    Bytes words[WORDS];
    int count;
    long length;
    while (!client->closing && (length = parse(client->in, words, &count))) {
        if (length < 0) {
            say(client, "-ERR Protocol error: invalid bulk length\r\n");
            client->closing = 1;
            return;
        }
        if (count) run(client, words, count);
        drop_first(&client->in, length);
    }
}

static void serve(int number) {
    Client *client = &clients[number];
    char data[65536];
    if (sockets[number].revents & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t length = read(sockets[number].fd, data, sizeof data);
        if (length <= 0) client->closing = 1, client->out.length = 0;
        else append(&client->in, data, length), run_all(client);
    }
    if (client->out.length) {
        ssize_t sent = send(sockets[number].fd, client->out.data, client->out.length, MSG_DONTWAIT);
        if (sent > 0) drop_first(&client->out, sent);
    }
    sockets[number].events = POLLIN | (client->out.length ? POLLOUT : 0);
    if (client->closing && !client->out.length) {
        close(sockets[number].fd);
        free(client->in.data), free(client->out.data);
        *client = (Client){0};
        sockets[number].fd = -1;
    }
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(words[count - 1]))};
    int yes = 1;
    signal(SIGPIPE, SIG_IGN);
    for (int number = 0; number < CLIENTS; number++) sockets[number] = (struct pollfd){-1, POLLIN, 0};
    sockets[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(sockets[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(sockets[0].fd, (struct sockaddr *)&address, sizeof address) || listen(sockets[0].fd, 64)) return perror("bind"), 1;
    while (poll(sockets, CLIENTS, -1) > 0) {
        for (int number = 1; number < CLIENTS; number++)
            if (sockets[number].fd >= 0 && sockets[number].revents) serve(number);
        for (int number = 1; sockets[0].revents && number < CLIENTS; number++)
            if (sockets[number].fd < 0) {
                sockets[number] = (struct pollfd){accept(sockets[0].fd, NULL, NULL), POLLIN, 0};
                break;
            }
    }
}

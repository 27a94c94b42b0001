/* What is watched: target sleeps THREADS TIMES MICROSECONDS | target requests THREADS TIMES PORT |
   target switches TIMES. Prints how many seconds its work took, by its own clock, without its start
   and its end. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long times;
static long microseconds;
static int port;
static pthread_barrier_t begin;
static int there[2], back[2];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static void* sleeper(void* nothing) {
  const struct timespec wait = {0, microseconds * 1000};
  pthread_barrier_wait(&begin);
  for (long i = 0; i < times; ++i)
    nanosleep(&wait, NULL);
  return nothing;
}

static void* asker(void* nothing) {
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((unsigned short)port),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int peer = socket(AF_INET, SOCK_STREAM, 0);
  char answer[4];
  if (connect(peer, (const struct sockaddr*)&to, sizeof to) != 0) exit(1);
  pthread_barrier_wait(&begin);
  for (long i = 0; i < times; ++i)
    if (send(peer, "ping", 4, 0) != 4 || recv(peer, answer, 4, MSG_WAITALL) != 4) exit(1);
  close(peer);
  return nothing;
}

static void* returner(void* nothing) {
  char byte;
  while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
    continue;
  return nothing;
}

static double waits(int threads, void* (*each)(void*)) {
  pthread_t* all = calloc((size_t)threads, sizeof *all);
  pthread_barrier_init(&begin, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; ++i)
    if (pthread_create(&all[i], NULL, each, NULL) != 0) exit(1);
  pthread_barrier_wait(&begin);
  const double from = now();
  for (int i = 0; i < threads; ++i)
    pthread_join(all[i], NULL);
  const double took = now() - from;
  free(all);
  return took;
}

static double switches(void) {
  pthread_t other;
  char byte = 0;
  if (pipe(there) != 0 || pipe(back) != 0 || pthread_create(&other, NULL, returner, NULL) != 0)
    exit(1);
  const double from = now();
  for (long i = 0; i < times; ++i)
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) exit(1);
  const double took = now() - from;
  close(there[1]);
  pthread_join(other, NULL);
  return took;
}

int main(int count, char** words) {
  double took = 0;
  if (count == 5 && strcmp(words[1], "sleeps") == 0) {
    times = atol(words[3]);
    microseconds = atol(words[4]);
    took = waits(atoi(words[2]), sleeper);
  } else if (count == 5 && strcmp(words[1], "requests") == 0) {
    times = atol(words[3]);
    port = atoi(words[4]);
    took = waits(atoi(words[2]), asker);
  } else if (count == 3 && strcmp(words[1], "switches") == 0) {
    times = atol(words[2]);
    took = switches();
  } else {
    return 2;
  }
  printf("%.6f\n", took);
  return 0;
}

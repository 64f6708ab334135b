/*
 * Two processes and a block: one writes sensor readings, the other one reads them where they are. Then a look
 * at the block from outside.
 *
 *     cc sensor.c $(pkg-config --cflags --libs datablock) -o sensor && ./sensor
 */
#include <datablock/datablock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct reading {
  uint64_t number;
  double celsius;
} reading;

enum { READINGS = 1000, WAIT_MS = 10000 };

/* Ends the program with what went wrong and what to try. */
static void require(datablock_result result) {
  if (result != DATABLOCK_OK) {
    fprintf(stderr, "%s\nCode: DB%04d %s\nTry this:\n%s\n", datablock_last_error_detail(), (int)-result,
            datablock_error_name(result), datablock_error_advice(result));
    exit(datablock_error_exit_code(result));
  }
}

static void produce(const char* block) {
  datablock_producer* producer = NULL;
  require(datablock_producer_open(block, NULL, &producer));
  for (uint64_t number = 0; number < READINGS; ++number) {
    datablock_slot slot = DATABLOCK_INIT(datablock_slot);
    require(slot_rw_acquire_write(producer, WAIT_MS, &slot));
    const reading now = {number, 20.0 + (double)(number % 10) / 10};
    memcpy(slot.data, &now, sizeof now);
    require(slot_rw_commit(producer, sizeof now, 0));
  }
  require(datablock_producer_mark_end(producer, WAIT_MS));
  datablock_producer_close(producer);
}

/* Reads in runs: one call for as many messages as are there. */
static uint64_t consume(datablock_consumer* consumer) {
  enum { RUN = 16 };
  datablock_message messages[RUN] = {DATABLOCK_INIT(datablock_message)};
  uint64_t count = 0;
  double sum = 0;
  for (;;) {
    size_t run = 0;
    const datablock_result result = datablock_consumer_acquire_run(consumer, WAIT_MS, messages, RUN, &run);
    if (result == DATABLOCK_ERROR_END_OF_STREAM) {
      break;
    }
    require(result);
    for (size_t i = 0; i < run; ++i) {
      const reading* read = messages[i].data;
      sum += read->celsius;
    }
    count += run;
    require(datablock_consumer_release_run(consumer, run));
  }
  printf("%llu readings, on average %.2f degrees\n", (unsigned long long)count, sum / (double)count);
  return count;
}

static void inspect(const char* block) {
  datablock_observer* observer = NULL;
  datablock_metrics metrics = DATABLOCK_INIT(datablock_metrics);
  require(datablock_observer_open(block, NULL, &observer));
  require(datablock_get_metrics(observer, &metrics));
  printf("written %llu, read %llu, lost %llu\n", (unsigned long long)metrics.total_slots_written,
         (unsigned long long)metrics.total_slots_read, (unsigned long long)metrics.messages_lost);
  datablock_observer_close(observer);
}

int main(void) {
  char block[64];
  snprintf(block, sizeof block, "example-c-%ld", (long)getpid());
  datablock_config config = DATABLOCK_INIT(datablock_config);
  config.slot_count = 64;
  config.slot_size = sizeof(reading);
  config.checksum_algorithm = DATABLOCK_CHECKSUM_XXH3;
  require(datablock_segment_create(block, NULL, &config));

  /* The consumer first: it gets what is written from now on. */
  datablock_consumer* consumer = NULL;
  require(datablock_consumer_open(block, NULL, &consumer));
  const pid_t child = fork();
  if (child == 0) {
    produce(block); /* with handles of its own: those of the parent are closed here */
    _exit(0);
  }
  const uint64_t count = consume(consumer);
  datablock_consumer_close(consumer);
  int status = 0;
  waitpid(child, &status, 0);
  inspect(block);
  require(datablock_segment_unlink(block, NULL, NULL, 0));
  return status == 0 && count == READINGS ? 0 : 1;
}

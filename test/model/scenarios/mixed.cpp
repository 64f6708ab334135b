// What comes of more than one thing at a time: readers of different kinds, rings that are pinned all over,
// holds that lag behind, waits that end early.
#include "world/world.hpp"

namespace datablock::model {
namespace {

/// A slot that is skipped behind a pin is a tombstone to the sync reader.
template <ProducerMode kMode>
void sync_and_lossy() {
  set_up({.slots = 2, .producers = kMode, .history = 2});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(2); }));
  block().seat_sync(2, machine().spawn("sync", kImmortal, [] { SyncConsumer(2, 2).read_some(2); }));
  block().seat_lossy(
      3, machine().spawn("lossy", kImmortal, [] { SequentialConsumer(3, 0).read_some(2, kPatientMs); }),
      ConsumerMode::sequential);
}

/// Every slot is pinned: the producer must not burn numbers, and goes on as soon as one is let go.
template <ProducerMode kMode>
void whole_ring_pinned() {
  set_up({.slots = 2, .producers = kMode, .history = 2});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(1); }));
  block().seat_lossy(2, machine().spawn("reader 0", kImmortal, [] { SequentialConsumer(2, 0).read_some(1); }),
                     ConsumerMode::sequential);
  block().seat_lossy(3, machine().spawn("reader 1", kImmortal, [] { SequentialConsumer(3, 1).read_some(1); }),
                     ConsumerMode::sequential);
}

/// The same, and those who pin are dead.
void whole_ring_pinned_by_the_dead() {
  set_up({.slots = 2, .self_heal = true, .history = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(1); }));
  block().seat_lossy(2, machine().spawn("reader 0", kMortal, [] { SequentialConsumer(2, 0).read_some(1); }),
                     ConsumerMode::sequential);
  block().seat_lossy(3, machine().spawn("reader 1", kMortal, [] { SequentialConsumer(3, 1).read_some(1); }),
                     ConsumerMode::sequential);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// N = 16: the hold is published every second message, at once when the producer sleeps for it, and before a
/// wait.
template <Fences kFences>
void lazy_hold() {
  set_up({.slots = 16, .participants = 2, .fences = kFences, .history = 16});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(2); }));
  block().seat_sync(2, 0, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0).read_some(18); }));
}

/// A ring that is full is an answer, not a wait.
void overflow_fails() {
  set_up({.slots = 1, .participants = 2, .overflow = OverflowPolicy::fail});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.may_end_with({Status::WOULD_BLOCK});
    producer.produce_all(4);
  }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0).read_all(); }));
}

/// Producers that give up waiting for space, and come again.
void impatient_producers() {
  set_up({.slots = 1, .producers = ProducerMode::multi});
  const auto produce = [](std::uint8_t id) {
    MultiProducer producer(id);
    producer.may_end_with({Status::TIMEOUT});
    producer.produce_all(1, 0);
    producer.produce_all(1, kPatientMs);
  };
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [produce] { produce(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [produce] { produce(2); }));
  block().seat_sync(3, machine().spawn("reader", kImmortal, [] { SyncConsumer(3, 0).read_all(); }));
}

/// Readers that poll at a pace, then sleep.
void adaptive() {
  set_up({.slots = 2, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal,
                                           [] { SingleProducer(1, WaitStrategy::adaptive).produce_all(3); }));
  block().seat_sync(2, machine().spawn("reader", kImmortal,
                                       [] { SyncConsumer(2, 0, WaitStrategy::adaptive).read_some(3); }));
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "mixed-readers-single",
                  .purpose = "a sync and a lossy reader, tombstones behind pins; single, N = 2",
                  .quick = {1, 0, 1, 0},
                  .full = {2, 1, 2, 0},
                  .start = sync_and_lossy<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "mixed-readers-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 0, 1, 0},
                  .full = {2, 1, 2, 0},
                  .start = sync_and_lossy<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "ring-pinned-single",
                  .purpose = "both slots are pinned, and let go; single",
                  .quick = {1, 0, 2, 0},
                  .full = {2, 1, 3, 0},
                  .start = whole_ring_pinned<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "ring-pinned-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 0, 2, 0},
                  .full = {2, 1, 3, 0},
                  .start = whole_ring_pinned<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "ring-pinned-by-the-dead",
                  .purpose = "both slots are pinned by readers that die",
                  .quick = {1, 0, 1, 2},
                  .full = {2, 1, 2, 2},
                  .start = whole_ring_pinned_by_the_dead,
                  .check = check_everything}),
    Registration({.name = "lazy-hold",
                  .purpose = "a hold that lags behind, N = 16",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = lazy_hold<Fences::asymmetric>,
                  .check = check_everything}),
    Registration({.name = "lazy-hold-real-fences",
                  .purpose = "the same with real fences",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = lazy_hold<Fences::real>,
                  .check = check_everything}),
    Registration({.name = "overflow-fails",
                  .purpose = "a full ring is an error, N = 1",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 0, 0},
                  .start = overflow_fails,
                  .check = check_everything}),
    Registration({.name = "impatient-producers",
                  .purpose = "two producers that give up and come again, N = 1",
                  .quick = {1, 1, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = impatient_producers,
                  .check = check_everything}),
    Registration({.name = "adaptive-waits",
                  .purpose = "a producer and a sync reader that spin, then sleep, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = adaptive,
                  .check = check_everything}),
};

}  // namespace
}  // namespace datablock::model

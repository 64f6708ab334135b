// What an operator does to the living: a slot is quarantined, a consumer evicted.
#include "world/world.hpp"

namespace datablock::model {
namespace {

/// The slot is taken from whoever has it, at any moment; its late commit must reach nobody.
template <unsigned kSlots, bool kLossy>
void quarantine_slot() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi, .history = 1});
  const auto produce = [](std::uint8_t id, unsigned count) {
    MultiProducer producer(id);
    producer.may_end_with({Status::FENCED, Status::ALL_SLOTS_QUARANTINED});
    producer.produce_all(count, kPatientMs);
  };
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [produce] { produce(1, 2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [produce] { produce(2, 1); }));
  if constexpr (kLossy) {
    block().seat_lossy(3, machine().spawn("reader", kImmortal, [] { SequentialConsumer(3, 0).read_all(); }),
                       ConsumerMode::sequential);
  } else {
    block().seat_sync(3, machine().spawn("reader", kImmortal, [] { SyncConsumer(3, 1).read_all(); }));
  }
  machine().spawn("operator", kImmortal, [] { force_slot(0); });
}

/// The fenced producer dies while others carry its quarantine on.
template <unsigned kSlots>
void quarantined_owner_dies() {
  set_up({.slots = kSlots, .participants = 2, .producers = ProducerMode::multi, .self_heal = true});
  block().seat_producer(1, machine().spawn("mortal", kMortal, [] {
    MultiProducer producer(1);
    producer.may_end_with({Status::FENCED, Status::ALL_SLOTS_QUARANTINED});
    producer.produce_all(1);
  }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] {
    MultiProducer producer(2);
    producer.may_end_with({Status::FENCED, Status::ALL_SLOTS_QUARANTINED});
    producer.produce_all(2);
  }));
  machine().spawn("operator", kImmortal, [] { force_slot(0); });
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// The reader finds out at its next release, and what it read in between is not given to anybody as good.
template <ProducerMode kMode>
void eviction() {
  set_up({.slots = 1, .participants = 2, .producers = kMode});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(3); }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] {
    SyncConsumer reader(2, 0);
    reader.may_be_evicted();
    reader.read_all();
  }));
  machine().spawn("operator", kImmortal, [] { evict_reader(2); });
}

/// N = 16: the hold is published every second message only, so an eviction must be found out in between as
/// well.
void eviction_of_lazy_hold() {
  set_up({.slots = 16, .participants = 2, .history = 16});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(2); }));
  block().seat_sync(2, 0, machine().spawn("reader", kImmortal, [] {
    SyncConsumer reader(2, 0);
    reader.may_be_evicted();
    reader.read_some(3);
  }));
  machine().spawn("operator", kImmortal, [] { evict_reader(2); });
}

/// The evicted reader leaves, and the next consumer takes its seat: the eviction must not reach that one.
void eviction_and_heir() {
  set_up({.slots = 1, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(3); }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] {
    SyncConsumer reader(2, 0);
    reader.may_be_evicted();
    reader.read_some(1, kPatientMs);
    reader.leave();
  }));
  machine().spawn("operator", kImmortal, [] { evict_reader(2); });
  machine().spawn("heir", kImmortal, [] {
    machine().hold_back([](const Machine& m) { return !m.is_locked(2); });
    SyncConsumer reader(2, SyncConsumer::Joining{});
    reader.may_be_evicted();
    reader.read_all();
  });
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "quarantine-sync-n1",
                  .purpose = "a slot is taken by force: two producers, sync reader, N = 1",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = quarantine_slot<1, false>,
                  .check = check_everything}),
    Registration({.name = "quarantine-sync-n2",
                  .purpose = "the same with N = 2",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = quarantine_slot<2, false>,
                  .check = check_everything}),
    Registration({.name = "quarantine-lossy-n1",
                  .purpose = "the same with a lossy reader, N = 1",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = quarantine_slot<1, true>,
                  .check = check_everything}),
    Registration({.name = "quarantine-lossy-n2",
                  .purpose = "the same with a lossy reader, N = 2",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = quarantine_slot<2, true>,
                  .check = check_everything}),
    Registration({.name = "quarantine-then-death-n1",
                  .purpose = "a fenced producer dies while its quarantine is carried on, N = 1",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = quarantined_owner_dies<1>,
                  .check = check_everything}),
    Registration({.name = "quarantine-then-death-n2",
                  .purpose = "the same with N = 2",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = quarantined_owner_dies<2>,
                  .check = check_everything}),
    Registration({.name = "evict-single",
                  .purpose = "a live sync reader is evicted, single, N = 1",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = eviction<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "evict-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = eviction<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "evict-lazy-hold",
                  .purpose = "a live sync reader is evicted whose hold lags behind, N = 16",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = eviction_of_lazy_hold,
                  .check = check_everything}),
    Registration({.name = "evict-then-heir",
                  .purpose = "an evicted reader leaves, and another takes its seat",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 1, 0},
                  .start = eviction_and_heir,
                  .check = check_everything}),
};

}  // namespace
}  // namespace datablock::model

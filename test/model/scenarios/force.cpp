// What an operator does to the living: a slot is quarantined, a consumer evicted.
#include "world/world.hpp"

namespace datablock::model {
namespace {

/// What a producer may come to whose slots are taken away.
void produce_under_force(std::uint8_t id, unsigned count) {
  MultiProducer producer(id);
  producer.may_end_with({Status::FENCED, Status::ALL_SLOTS_QUARANTINED});
  producer.produce_all(count, kPatientMs);
}

/// The slot is taken from whoever has it, at any moment; its late commit must reach nobody.
template <unsigned kSlots, ReaderKind kKind>
void quarantine_slot() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { produce_under_force(1, 2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { produce_under_force(2, 1); }));
  spawn_reader<kKind>(3);
  machine().spawn("operator", kImmortal, [] { force_slot(0); });
}

/// The fenced producer dies while others carry its quarantine on; nobody reads.
template <unsigned kSlots>
void quarantined_owner_dies() {
  set_up({.slots = kSlots, .participants = 2, .producers = ProducerMode::multi, .self_heal = true});
  block().seat_producer(1, machine().spawn("mortal", kMortal, [] { produce_under_force(1, 1); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { produce_under_force(2, 2); }));
  machine().spawn("operator", kImmortal, [] { force_slot(0); });
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// The same with readers, who heal too.
template <ReaderKind kKind>
void quarantined_owner_dies_before_readers() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("mortal", kMortal, [] { produce_under_force(1, 1); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { produce_under_force(2, 2); }));
  spawn_reader<kKind>(3);
  machine().spawn("operator", kImmortal, [] { force_slot(1); });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// A slot is taken away while a reader that is stopped has another pinned: little is left of the ring.
void quarantine_beside_pin() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .history = 2});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { produce_under_force(1, 2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { produce_under_force(2, 1); }));
  block().seat_lossy(3,
                     machine().spawn("reader", kImmortal,
                                     [] {
                                       SequentialConsumer reader(3, 0);
                                       if (reader.acquire() == Status::OK) {
                                         machine().stop_for_ever();
                                       }
                                     }),
                     ConsumerMode::sequential);
  machine().spawn("operator", kImmortal, [] { force_slot(1); });
}

/// A slot is taken away, and a sync consumer evicted, beside others that read.
template <ReaderKind kKind>
void quarantine_and_eviction() {
  set_up({.slots = 2, .participants = 4, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { produce_under_force(1, 2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { produce_under_force(2, 1); }));
  block().seat_sync(3, machine().spawn("evicted", kImmortal, [] {
    SyncConsumer reader(3, 1);
    reader.may_be_evicted();
    reader.read_all();
  }));
  spawn_reader<kKind>(4);
  machine().spawn("operator", kImmortal, [] {
    force_slot(1);
    evict_reader(3);
  });
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

/// Its hold is taken while it still reads the history by pins: it finds out as soon as that is read.
void eviction_in_history() {
  set_up({.slots = 2, .participants = 2, .history = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(3); }));
  machine().spawn("joiner", kImmortal, [] {
    SyncConsumer::may_be_evicted();
    SyncConsumer(2, SyncConsumer::Joining{.from_oldest = true}).read_all();
  });
  machine().spawn("operator", kImmortal, [] {
    machine().hold_back([](const Machine&) { return block().hold(2) != kNoHold; });
    evict_reader(2);
  });
}

/// The evicted reader dies, at any step.
void eviction_and_death() {
  set_up({.slots = 1, .participants = 2, .self_heal = true});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(3); }));
  block().seat_sync(2, machine().spawn("reader", kMortal, [] {
    SyncConsumer reader(2, 0);
    reader.may_be_evicted();
    reader.read_all();
  }));
  machine().spawn("operator", kImmortal, [] { evict_reader(2); });
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// Others read beside the one that is evicted: they lose nothing by it.
template <ProducerMode kMode, ReaderKind kKind>
void eviction_beside_reader() {
  set_up({.slots = 1, .producers = kMode, .history = 1});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(2); }));
  block().seat_sync(2, machine().spawn("evicted", kImmortal, [] {
    SyncConsumer reader(2, 1);
    reader.may_be_evicted();
    reader.read_all();
  }));
  spawn_reader<kKind>(3);
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
    Registration({.name = "evict-in-history",
                  .purpose = "a sync reader is evicted while it reads the history by pins, N = 2",
                  .quick = {1, 0, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = eviction_in_history,
                  .check = check_everything}),
    Registration({.name = "evict-then-death",
                  .purpose = "an evicted reader dies, N = 1",
                  .quick = {0, 0, 0, 1},
                  .full = {2, 1, 1, 1},
                  .start = eviction_and_death,
                  .check = check_everything}),
    Registration({.name = "quarantine-beside-pin",
                  .purpose = "a slot is taken by force, the other one is pinned by a reader that is stopped",
                  .quick = {1, 0, 0, 0},
                  .full = {2, 1, 2, 0},
                  .start = quarantine_beside_pin,
                  .check = check_everything}),
};

const RegistrationByKind quarantine_n1({.name = "quarantine-n1",
                                        .purpose = "a slot is taken by force: two producers, N = 1",
                                        .quick = {1, 0, 0, 0},
                                        .full = {2, 1, 1, 0},
                                        .check = check_everything},
                                       []<ReaderKind kKind> { quarantine_slot<1, kKind>(); });
const RegistrationByKind quarantine_n2({.name = "quarantine-n2",
                                        .purpose = "the same with N = 2",
                                        .quick = {1, 0, 0, 0},
                                        .full = {2, 1, 1, 0},
                                        .check = check_everything},
                                       []<ReaderKind kKind> { quarantine_slot<2, kKind>(); });
const RegistrationByKind quarantine_and_death({.name = "quarantine-then-death",
                                               .purpose = "a fenced producer dies, N = 2",
                                               .quick = {0, 0, 0, 1},
                                               .full = {2, 1, 1, 1},
                                               .check = check_everything},
                                              []<ReaderKind kKind> {
                                                quarantined_owner_dies_before_readers<kKind>();
                                              });
const RegistrationByKind both({.name = "quarantine-and-evict",
                               .purpose = "a slot is taken and a sync reader evicted, N = 2",
                               .quick = {0, 0, 0, 0},
                               .full = {2, 1, 1, 0},
                               .check = check_everything},
                              []<ReaderKind kKind> { quarantine_and_eviction<kKind>(); });
const RegistrationByKind beside_single({.name = "evict-beside-single",
                                        .purpose = "a sync reader is evicted beside another, single, N = 1",
                                        .quick = {1, 0, 0, 0},
                                        .full = {2, 1, 1, 0},
                                        .check = check_everything},
                                       []<ReaderKind kKind> {
                                         eviction_beside_reader<ProducerMode::single, kKind>();
                                       });
const RegistrationByKind beside_multi({.name = "evict-beside-multi",
                                       .purpose = "the same with multi",
                                       .quick = {1, 0, 0, 0},
                                       .full = {2, 1, 1, 0},
                                       .check = check_everything},
                                      []<ReaderKind kKind> {
                                        eviction_beside_reader<ProducerMode::multi, kKind>();
                                      });

}  // namespace
}  // namespace datablock::model

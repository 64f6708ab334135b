// Threads die at any step, and others clean up: recoverers, waiting participants, whoever takes the seat
// next.
#include "world/world.hpp"

namespace datablock::model {
namespace {

// ------------------------------------------------------------------------------------ producers

/// The single producer dies; a standby takes its place, while a recoverer is at work too.
template <unsigned kSlots, ReaderKind kKind>
void single_producer_and_standby() {
  set_up({.slots = kSlots, .participants = 3, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kMortal, [] { SingleProducer(1).produce_all(2); }));
  spawn_reader<kKind>(2);
  machine().spawn("standby", kImmortal, [] {
    SingleProducer producer(3, SingleProducer::Joining{});
    if (producer.has_joined()) {
      producer.produce_all(1);
    }
  });
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// The one that takes over dies as well, perhaps while it cleans up after the first; another follows.
template <ReaderKind kKind>
void two_standbys() {
  set_up({.slots = 1, .participants = 4, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kMortal, [] { SingleProducer(1).produce_all(1); }));
  spawn_reader<kKind>(2);
  const auto stand_by = [](std::uint8_t id) {
    SingleProducer producer(id, SingleProducer::Joining{});
    if (producer.has_joined()) {
      producer.produce_all(1);
    }
  };
  machine().spawn("standby 3", kMortal, [stand_by] { stand_by(3); });
  machine().spawn("standby 4", kImmortal, [stand_by] { stand_by(4); });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// One of two producers dies; the other helps, takes over, and heals while it waits.
template <unsigned kSlots, ReaderKind kKind>
void multi_producer() {
  set_up({.slots = kSlots,
          .participants = 3,
          .producers = ProducerMode::multi,
          .self_heal = true,
          .history = 1});
  block().seat_producer(1, machine().spawn("mortal", kMortal, [] { MultiProducer(1).produce_all(1); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { MultiProducer(2).produce_all(2); }));
  spawn_reader<kKind>(3);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// A recoverer may die half-way as well; the other follows.
template <ProducerMode kMode>
void two_recoverers() {
  set_up({.slots = 1, .participants = 2, .producers = kMode, .self_heal = true, .history = 1});
  block().seat_producer(1,
                        machine().spawn("producer", kMortal, [] { ProducerActor<kMode>(1).produce_all(2); }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 1).read_all(); }));
  machine().spawn("recoverer 1", kMortal, recover_after_death);
  machine().spawn("recoverer 2", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

// ------------------------------------------------------------------------------------ consumers

template <ProducerMode kMode>
void sync_reader() {
  set_up({.slots = 1, .participants = 2, .producers = kMode, .self_heal = true});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(3); }));
  block().seat_sync(2, machine().spawn("reader", kMortal, [] { SyncConsumer(2, 0).read_some(2); }));
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

template <ProducerMode kMode, unsigned kSlots>
void lossy_reader() {
  set_up({.slots = kSlots, .participants = 2, .producers = kMode, .self_heal = true, .history = kSlots});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(2); }));
  block().seat_lossy(
      2, machine().spawn("reader", kMortal, [] { SequentialConsumer(2, 0).read_some(2, kPatientMs); }),
      ConsumerMode::sequential);
  machine().spawn("recoverer", kImmortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// One dies while it joins, reads or leaves; the next one takes the same seat.
template <class Consumer>
void seat_of_the_dead() {
  set_up({.slots = 1, .participants = 2, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(2); }));
  machine().spawn("mortal", kMortal, [] {
    Consumer reader(2, typename Consumer::Joining{.from_oldest = true});
    reader.read_some(1, kPatientMs);
    reader.leave();
  });
  machine().spawn("heir", kImmortal, [] {
    if (machine().hold_back([](const Machine& m) { return m.is_dead(1); })) {
      Consumer reader(2, typename Consumer::Joining{});
      if (reader.has_joined()) {
        reader.read_all();
        reader.leave();
      }
    }
  });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// N = 1: one reader hands the pin on to another, who dies with it.
template <ProducerMode kMode>
void pin_of_the_dead_after_another() {
  set_up({.slots = 1, .producers = kMode, .self_heal = true, .history = 1});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(1); }));
  block().seat_lossy(2, machine().spawn("reader", kImmortal, [] { SequentialConsumer(2, 0).read_some(1); }),
                     ConsumerMode::sequential);
  block().seat_lossy(3, machine().spawn("mortal", kMortal, [] { SequentialConsumer(3, 0).read_some(1); }),
                     ConsumerMode::sequential);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// Two producers wait for the pin of a dead reader: one of them must ask after it.
template <unsigned kSlots>
void two_producers_and_a_dead_pin() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi, .self_heal = true, .history = kSlots});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(
      3, machine().spawn("mortal", kMortal, [] { SequentialConsumer(3, 0).read_some(1, kPatientMs); }),
      ConsumerMode::sequential);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "crash-second-pin-single",
                  .purpose = "a reader dies with a pin that it has from another; single, N = 1",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = pin_of_the_dead_after_another<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "crash-second-pin-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = pin_of_the_dead_after_another<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "crash-dead-pin-n1",
                  .purpose = "two producers behind the pin of a dead reader, N = 1",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = two_producers_and_a_dead_pin<1>,
                  .check = check_everything}),
    Registration({.name = "crash-dead-pin-n2",
                  .purpose = "the same with N = 2",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = two_producers_and_a_dead_pin<2>,
                  .check = check_everything}),
    Registration({.name = "crash-recoverer-single",
                  .purpose = "the producer dies, and a recoverer too, half-way; single, N = 1",
                  .quick = {0, 0, 0, 2},
                  .full = {2, 1, 0, 2},
                  .start = two_recoverers<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "crash-recoverer-multi",
                  .purpose = "the same with multi",
                  .quick = {0, 0, 0, 2},
                  .full = {2, 1, 0, 2},
                  .start = two_recoverers<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "crash-sync-reader-single",
                  .purpose = "a sync reader dies with its hold, N = 1; single",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = sync_reader<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "crash-sync-reader-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = sync_reader<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "crash-lossy-reader-n1",
                  .purpose = "a lossy reader dies with its pin, N = 1; single",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = lossy_reader<ProducerMode::single, 1>,
                  .check = check_everything}),
    Registration({.name = "crash-lossy-reader-n2",
                  .purpose = "the same with N = 2 and multi",
                  .quick = {1, 0, 0, 1},
                  .full = {3, 1, 1, 1},
                  .start = lossy_reader<ProducerMode::multi, 2>,
                  .check = check_everything}),
    Registration({.name = "crash-seat-sync",
                  .purpose = "a sync consumer dies joining, reading or leaving; another takes its seat",
                  .quick = {1, 0, 0, 1},
                  .full = {2, 1, 1, 1},
                  .start = seat_of_the_dead<SyncConsumer>,
                  .check = check_everything}),
    Registration({.name = "crash-seat-lossy",
                  .purpose = "the same with a lossy consumer",
                  .quick = {1, 0, 0, 1},
                  .full = {2, 1, 1, 1},
                  .start = seat_of_the_dead<SequentialConsumer>,
                  .check = check_everything}),
};

// ------------------------------------------------------------------------------------ whoever reads

const RegistrationByKind single_n1(
    {.name = "crash-single-n1",
     .purpose = "the single producer dies, a standby and a recoverer come, N = 1",
     .quick = {0, 0, 0, 1},
     .full = {2, 1, 1, 1},
     .check = check_everything},
    []<ReaderKind kKind> { single_producer_and_standby<1, kKind>(); });
const RegistrationByKind single_n2({.name = "crash-single-n2",
                                    .purpose = "the same with N = 2",
                                    .quick = {0, 0, 0, 1},
                                    .full = {2, 1, 1, 1},
                                    .check = check_everything},
                                   []<ReaderKind kKind> { single_producer_and_standby<2, kKind>(); });
const RegistrationByKind standbys({.name = "crash-two-standbys",
                                   .purpose = "the standby that takes over dies too, another follows, N = 1",
                                   .quick = {0, 0, 0, 1},
                                   .full = {1, 1, 1, 2},
                                   .check = check_everything},
                                  []<ReaderKind kKind> { two_standbys<kKind>(); });
const RegistrationByKind multi_n1({.name = "crash-multi-n1",
                                   .purpose = "one of two producers dies, the others heal, N = 1",
                                   .quick = {1, 0, 0, 1},
                                   .full = {2, 1, 1, 1},
                                   .check = check_everything},
                                  []<ReaderKind kKind> { multi_producer<1, kKind>(); });
const RegistrationByKind multi_n2({.name = "crash-multi-n2",
                                   .purpose = "the same with N = 2",
                                   .quick = {1, 0, 0, 1},
                                   .full = {2, 1, 1, 1},
                                   .check = check_everything},
                                  []<ReaderKind kKind> { multi_producer<2, kKind>(); });

}  // namespace
}  // namespace datablock::model

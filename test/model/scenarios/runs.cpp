// Several slots in a producer's hand at once, several messages in a consumer's.
#include "world/world.hpp"

namespace datablock::model {
namespace {

/// What is ready is taken in hand as one run, and let go at once.
template <ProducerMode kMode>
void reader_takes_runs() {
  set_up({.slots = 3, .participants = 2, .producers = kMode});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    ProducerActor<kMode> producer(1);
    producer.produce_all(2);
    producer.give_up_one();
    producer.produce_all(2);
    producer.mark_end();
  }));
  block().seat_sync(2,
                    machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0).read_all(kForeverMs, 3); }));
}

void expect_ok(Status status) {
  if (status != Status::OK) {
    machine().fail("a run ends with status %d", static_cast<int>(status));
  }
}

/// The ring is not empty, so a run is stopped by holds and pins; its last slot is given up.
template <ProducerMode kMode, ReaderKind kKind>
void producer_takes_runs() {
  set_up({.slots = 2, .participants = 2, .producers = kMode, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    ProducerActor<kMode> producer(1);
    expect_ok(producer.produce_run(2, 2));
    expect_ok(producer.produce_run(2, 1));
  }));
  spawn_reader<kKind>(2);
}

/// Beside one that takes single slots.
template <ReaderKind kKind>
void run_beside_producer() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  block().seat_producer(
      1, machine().spawn("runs", kImmortal, [] { expect_ok(MultiProducer(1).produce_run(2, 2)); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  spawn_reader<kKind>(3);
}

/// One dies with a run in hand, the other goes on.
template <ReaderKind kKind>
void run_of_the_dead() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("mortal", kMortal, [] { MultiProducer(1).produce_run(2, 2); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  spawn_reader<kKind>(3);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// A slot of the run is taken by force: its other slots are published all the same.
template <ReaderKind kKind>
void run_under_force() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("runs", kImmortal, [] {
    MultiProducer producer(1);
    producer.produce_run(2, 2);
    producer.produce_run(2, 1);
  }));
  spawn_reader<kKind>(3);
  machine().spawn("operator", kImmortal, [] { force_slot(1); });
}

const Registration single_reader(
    {.name = "run-read-single",
     .purpose = "a sync reader that takes runs, with a tombstone and an end, N = 3",
     .quick = {2, 1, 0, 0},
     .full = {3, 2, 1, 0},
     .start = reader_takes_runs<ProducerMode::single>,
     .check = check_everything});
const Registration multi_reader({.name = "run-read-multi",
                                 .purpose = "the same with multi",
                                 .quick = {2, 1, 0, 0},
                                 .full = {3, 2, 1, 0},
                                 .start = reader_takes_runs<ProducerMode::multi>,
                                 .check = check_everything});
const RegistrationByKind single({.name = "run-single",
                                 .purpose = "a producer that takes runs, single, N = 2",
                                 .quick = {2, 1, 0, 0},
                                 .full = {4, 2, 1, 0},
                                 .check = check_everything},
                                []<ReaderKind kKind> { producer_takes_runs<ProducerMode::single, kKind>(); });
const RegistrationByKind multi({.name = "run-multi",
                                .purpose = "the same with multi",
                                .quick = {2, 1, 0, 0},
                                .full = {3, 2, 1, 0},
                                .check = check_everything},
                               []<ReaderKind kKind> { producer_takes_runs<ProducerMode::multi, kKind>(); });
const RegistrationByKind beside({.name = "run-beside-producer",
                                 .purpose = "a run beside another producer's messages, N = 2",
                                 .quick = {1, 1, 0, 0},
                                 .full = {3, 1, 1, 0},
                                 .check = check_everything},
                                []<ReaderKind kKind> { run_beside_producer<kKind>(); });
const RegistrationByKind death({.name = "run-then-death",
                                .purpose = "a producer dies with a run in hand, N = 2",
                                .quick = {1, 0, 0, 1},
                                .full = {2, 1, 1, 1},
                                .check = check_everything},
                               []<ReaderKind kKind> { run_of_the_dead<kKind>(); });
const RegistrationByKind force({.name = "run-quarantined",
                                .purpose = "a slot of a run is taken by force, N = 2",
                                .quick = {1, 0, 0, 0},
                                .full = {2, 1, 1, 0},
                                .check = check_everything},
                               []<ReaderKind kKind> { run_under_force<kKind>(); });

}  // namespace
}  // namespace datablock::model

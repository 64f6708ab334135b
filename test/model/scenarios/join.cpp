// A sync consumer joins while messages are produced: none may be lost from its start on.
#include "world/world.hpp"

namespace datablock::model {
namespace {

template <unsigned kSlots, ProducerMode kMode, Fences kFences, unsigned kMessages>
void join() {
  set_up({.slots = kSlots, .participants = 2, .producers = kMode, .fences = kFences, .history = 1});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(kMessages); }));
  machine().spawn("joiner", kImmortal, [] {
    SyncConsumer reader(2, SyncConsumer::Joining{});
    reader.read_all();
  });
}

void join_two_producers() {
  set_up({.slots = 1, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  machine().spawn("joiner", kImmortal, [] { SyncConsumer(3, SyncConsumer::Joining{}).read_all(); });
}

/// The history first, then lossless.
template <ProducerMode kMode>
void join_from_oldest() {
  set_up({.slots = 2, .participants = 2, .producers = kMode, .history = 2});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(3); }));
  machine().spawn("joiner", kImmortal,
                  [] { SyncConsumer(2, SyncConsumer::Joining{.from_oldest = true}).read_all(); });
}

/// One leaves while another waits for its hold, and a third takes its seat.
void leave_and_join_again() {
  set_up({.slots = 1, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(3); }));
  block().seat_sync(2, machine().spawn("leaver", kImmortal, [] {
    SyncConsumer reader(2, 0);
    reader.read_some(1);
    reader.leave();
  }));
  machine().spawn("joiner", kImmortal, [] {
    machine().hold_back([](const Machine& m) { return !m.is_locked(2); });
    SyncConsumer reader(2, SyncConsumer::Joining{});
    reader.read_all();
  });
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "join-sync-single-n1",
                  .purpose = "a sync consumer joins during production, asymmetric fences, N = 1",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<1, ProducerMode::single, Fences::asymmetric, 3>,
                  .check = check_everything}),
    Registration({.name = "join-sync-single-n2",
                  .purpose = "the same with N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<2, ProducerMode::single, Fences::asymmetric, 4>,
                  .check = check_everything}),
    Registration({.name = "join-sync-real-fences",
                  .purpose = "the same with real fences",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<2, ProducerMode::single, Fences::real, 4>,
                  .check = check_everything}),
    Registration({.name = "join-sync-multi",
                  .purpose = "the same with multi, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<2, ProducerMode::multi, Fences::real, 4>,
                  .check = check_everything}),
    Registration({.name = "join-sync-two-producers",
                  .purpose = "the same with two producers, N = 1",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = join_two_producers,
                  .check = check_everything}),
    Registration({.name = "join-from-oldest-single",
                  .purpose = "history by pins, then lossless, without a seam; single, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = join_from_oldest<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "join-from-oldest-multi",
                  .purpose = "the same with multi",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = join_from_oldest<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "join-after-leave",
                  .purpose = "a sync consumer leaves, another takes its seat, N = 1",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = leave_and_join_again,
                  .check = check_everything}),
};

}  // namespace
}  // namespace datablock::model

// One producer or two, and sync consumers that are in already: back-pressure, sleeping and waking on slots
// and holds.
#include "world/world.hpp"

namespace datablock::model {
namespace {

template <unsigned kSlots, Fences kFences, unsigned kMessages>
void single() {
  set_up({.slots = kSlots, .participants = 2, .fences = kFences});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(kMessages); }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0).read_some(kMessages); }));
}

template <unsigned kSlots>
void multi() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_sync(3, machine().spawn("reader", kImmortal, [] { SyncConsumer(3, 0).read_some(3); }));
}

/// Two sleepers on one slot: the eventcount.
void two_readers() {
  set_up({.slots = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(2); }));
  block().seat_sync(2, machine().spawn("reader 2", kImmortal, [] { SyncConsumer(2, 0).read_some(2); }));
  block().seat_sync(3, machine().spawn("reader 3", kImmortal, [] { SyncConsumer(3, 0).read_some(2); }));
}

/// Waits that spin instead of sleeping.
void spinning() {
  set_up({.slots = 1, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal,
                                           [] { SingleProducer(1, WaitStrategy::spin).produce_all(2); }));
  block().seat_sync(
      2, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0, WaitStrategy::spin).read_some(2); }));
}

/// A claim that is given up is a tombstone, and readers step over it.
template <ProducerMode kMode>
void give_up() {
  set_up({.slots = 2, .participants = 2, .producers = kMode});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    ProducerActor<kMode> producer(1);
    producer.give_up_one();
    producer.produce_all(2);
  }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] { SyncConsumer(2, 0).read_some(2); }));
}

const Registration single_n1(
    {.name = "sync-single-n1",
     .purpose = "one producer, asymmetric fences, one sync reader, N = 1, 3 messages",
     .quick = {2, 1, 0, 0},
     .full = {6, 3, 1, 0},
     .start = single<1, Fences::asymmetric, 3>,
     .check = check_everything});
const Registration single_n2({.name = "sync-single-n2",
                              .purpose = "the same with N = 2",
                              .quick = {2, 1, 0, 0},
                              .full = {6, 3, 1, 0},
                              .start = single<2, Fences::asymmetric, 3>,
                              .check = check_everything});
const Registration single_real({.name = "sync-single-real-fences",
                                .purpose = "the same with real fences, N = 1",
                                .quick = {2, 1, 0, 0},
                                .full = {6, 3, 1, 0},
                                .start = single<1, Fences::real, 3>,
                                .check = check_everything});
const Registration multi_n1({.name = "sync-multi-n1",
                             .purpose = "two producers, one sync reader, N = 1",
                             .quick = {1, 1, 0, 0},
                             .full = {3, 1, 1, 0},
                             .start = multi<1>,
                             .check = check_everything});
const Registration multi_n2({.name = "sync-multi-n2",
                             .purpose = "two producers, one sync reader, N = 2",
                             .quick = {1, 1, 0, 0},
                             .full = {3, 1, 1, 0},
                             .start = multi<2>,
                             .check = check_everything});
const Registration readers({.name = "sync-two-readers",
                            .purpose = "two sync readers that sleep on the same slot, N = 1",
                            .quick = {1, 1, 0, 0},
                            .full = {3, 1, 1, 0},
                            .start = two_readers,
                            .check = check_everything});
const Registration spin({.name = "sync-spinning",
                         .purpose = "one producer, one sync reader, both spin, N = 1",
                         .quick = {2, 1, 0, 0},
                         .full = {4, 2, 0, 0},
                         .start = spinning,
                         .check = check_everything});
const Registration give_up_single({.name = "sync-give-up-single",
                                   .purpose = "a claim is given up: single, N = 2",
                                   .quick = {2, 1, 0, 0},
                                   .full = {5, 2, 0, 0},
                                   .start = give_up<ProducerMode::single>,
                                   .check = check_everything});
const Registration give_up_multi({.name = "sync-give-up-multi",
                                  .purpose = "a claim is given up: multi, N = 2",
                                  .quick = {2, 1, 0, 0},
                                  .full = {5, 2, 0, 0},
                                  .start = give_up<ProducerMode::multi>,
                                  .check = check_everything});

}  // namespace
}  // namespace datablock::model

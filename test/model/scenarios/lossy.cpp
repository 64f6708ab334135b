// Consumers that pin what they look at, against producers that claim: pin and claim, the joins of lossy
// consumers, time-outs on pins, tombstones, giving back, and taking over.
#include "world/world.hpp"

namespace datablock::model {
namespace {

// ------------------------------------------------------------------------------------ pin against claim

/// The ring is full of history; the reader begins with its oldest message while the producer goes over it.
template <unsigned kSlots, Fences kFences, class Reader>
void pin_single() {
  set_up({.slots = kSlots, .participants = 2, .fences = kFences, .history = kSlots});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(2); }));
  block().seat_lossy(2, machine().spawn("reader", kImmortal, [] { Reader(2, 0).read_all(); }),
                     ConsumerMode::sequential);
}

template <unsigned kSlots, class Reader>
void pin_multi() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi, .history = kSlots});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(3, machine().spawn("reader", kImmortal, [] { Reader(3, 0).read_all(); }),
                     ConsumerMode::sequential);
}

// ------------------------------------------------------------------------------------ joining during
// production

template <unsigned kSlots, ProducerMode kMode, Fences kFences, class Reader>
void join() {
  set_up({.slots = kSlots, .participants = 2, .producers = kMode, .fences = kFences, .history = kSlots});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(2); }));
  machine().spawn("joiner", kImmortal, [] {
    Reader reader(2, typename Reader::Joining{.from_oldest = true});
    reader.read_some(2, kPatientMs);
    reader.leave();
  });
}

/// N = 1: it joins behind a claim that another producer may help along, and that is given up when the pin
/// stays.
void join_behind_claim() {
  set_up({.slots = 1, .producers = ProducerMode::multi, .history = 1});
  const auto produce = [](std::uint8_t id) {
    MultiProducer producer(id);
    producer.may_end_with({Status::TIMEOUT});
    producer.produce_all(1, 1);
  };
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [produce] { produce(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [produce] { produce(2); }));
  // It has its seat already: that alone is nothing a producer looks at.
  block().seat_consumer(3,
                        machine().spawn("joiner", kImmortal,
                                        [] {
                                          join_lossy(block().view(), 3);
                                          SequentialConsumer(3, 0).read_some(1, kPatientMs);
                                        }),
                        ConsumerMode::sequential);
}

/// N = 2: it joins behind a claim of the fast path, which another producer helps along.
void join_behind_helped_claim() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(2); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_consumer(3,
                        machine().spawn("joiner", kImmortal,
                                        [] {
                                          join_lossy(block().view(), 3);
                                          SequentialConsumer(3, 0).read_all();
                                        }),
                        ConsumerMode::sequential);
}

// ------------------------------------------------------------------------------------ a reader that keeps
// its pin

/// The reader stops for ever with a message in hand: the ring goes on without that slot.
template <ProducerMode kMode>
void stopped_reader() {
  set_up({.slots = 2, .participants = 2, .producers = kMode, .history = 2});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(3); }));
  block().seat_lossy(2,
                     machine().spawn("reader", kImmortal,
                                     [] {
                                       SequentialConsumer reader(2, 0);
                                       if (reader.acquire() == Status::OK) {
                                         machine().stop_for_ever();
                                       }
                                     }),
                     ConsumerMode::sequential);
}

/// N = 1: there is nothing to go on with. The producer gives back what was there, and says so.
template <ProducerMode kMode>
void give_back() {
  set_up({.slots = 1, .participants = 3, .producers = kMode, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    ProducerActor<kMode> producer(1);
    while (producer.produce(1) == Status::TIMEOUT) {
    }
    while (producer.produce(1) == Status::TIMEOUT) {
    }
  }));
  block().seat_lossy(2, machine().spawn("slow", kImmortal, [] { SequentialConsumer(2, 0).read_all(); }),
                     ConsumerMode::sequential);
}

/// Two producers drain the same slot behind one pin.
template <unsigned kSlots>
void take_over() {
  set_up({.slots = kSlots, .producers = ProducerMode::multi, .history = kSlots});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(
      3, machine().spawn("reader", kImmortal, [] { SequentialConsumer(3, 0).read_some(1, kPatientMs); }),
      ConsumerMode::sequential);
}

/// Claims over a tombstone whose bytes are still pinned must drain too.
void free_and_pinned() {
  set_up({.slots = 2, .participants = 2, .history = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).produce_all(3); }));
  block().seat_lossy(
      2, machine().spawn("reader", kImmortal, [] { SequentialConsumer(2, 0).read_some(2, kPatientMs); }),
      ConsumerMode::sequential);
}

// ------------------------------------------------------------------------------------ latest

template <ProducerMode kMode>
void latest() {
  set_up({.slots = 2, .participants = 2, .producers = kMode});
  block().seat_producer(
      1, machine().spawn("producer", kImmortal, [] { ProducerActor<kMode>(1).produce_all(3); }));
  block().seat_lossy(2, machine().spawn("reader", kImmortal, [] { LatestConsumer(2, 0).read_all(); }),
                     ConsumerMode::latest);
}

void latest_two_producers() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).produce_all(1); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(3, machine().spawn("reader", kImmortal, [] { LatestConsumer(3, 0).read_all(); }),
                     ConsumerMode::latest);
}

/// It waits for one message only: nobody may forget to wake it.
void latest_waits() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] { MultiProducer(1).give_up_one(); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(3, machine().spawn("reader", kImmortal, [] { LatestConsumer(3, 0).read_some(1); }),
                     ConsumerMode::latest);
}

/// A producer stops in the middle of its message: what the other one commits must be seen all the same.
void latest_behind_stopped() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  block().seat_producer(1,
                        machine().spawn("stopped", kImmortal, [] { MultiProducer(1).stop_with_a_slot(); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [] { MultiProducer(2).produce_all(1); }));
  block().seat_lossy(3, machine().spawn("reader", kImmortal, [] { LatestConsumer(3, 0).read_some(1); }),
                     ConsumerMode::latest);
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "pin-single-n1",
                  .purpose = "sequential reader against a single producer, asymmetric fences, N = 1",
                  .quick = {2, 1, 0, 0},
                  .full = {5, 3, 1, 0},
                  .start = pin_single<1, Fences::asymmetric, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "pin-single-n2",
                  .purpose = "the same with N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = pin_single<2, Fences::asymmetric, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "pin-single-real-fences",
                  .purpose = "the same with real fences, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = pin_single<2, Fences::real, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "pin-multi-n1",
                  .purpose = "sequential reader against two producers, N = 1",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = pin_multi<1, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "pin-multi-n2",
                  .purpose = "the same with N = 2",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = pin_multi<2, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "join-lossy-single-n1",
                  .purpose = "a lossy consumer joins during production, asymmetric fences, N = 1",
                  .quick = {2, 2, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<1, ProducerMode::single, Fences::asymmetric, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "join-lossy-single-n2",
                  .purpose = "the same with N = 2",
                  .quick = {2, 1, 1, 0},
                  .full = {3, 2, 1, 0},
                  .start = join<2, ProducerMode::single, Fences::asymmetric, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "join-lossy-real-fences",
                  .purpose = "the same with real fences, N = 1",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<1, ProducerMode::single, Fences::real, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "join-lossy-multi",
                  .purpose = "the same with multi, N = 1",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = join<1, ProducerMode::multi, Fences::real, SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "join-lossy-two-producers",
                  .purpose = "a lossy consumer joins beside two producers that give up waiting for it, N = 1",
                  .quick = {2, 0, 1, 0},
                  .full = {3, 1, 1, 0},
                  .start = join_behind_claim,
                  .check = check_everything}),
    Registration({.name = "join-lossy-helped",
                  .purpose = "a lossy consumer joins behind a claim that another producer helps along, N = 2",
                  .quick = {2, 0, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = join_behind_helped_claim,
                  .check = check_everything}),
    Registration({.name = "join-latest",
                  .purpose = "a latest consumer joins during production, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 2, 1, 0},
                  .start = join<2, ProducerMode::single, Fences::asymmetric, LatestConsumer>,
                  .check = check_everything}),
    Registration({.name = "pin-stopped-single",
                  .purpose = "a reader stops with a pin, N = 2: tombstones, the ring goes on; single",
                  .quick = {2, 1, 1, 0},
                  .full = {4, 2, 2, 0},
                  .start = stopped_reader<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "pin-stopped-multi",
                  .purpose = "the same with multi",
                  .quick = {2, 1, 1, 0},
                  .full = {4, 2, 2, 0},
                  .start = stopped_reader<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "pin-give-back-single",
                  .purpose = "time-outs on a pin, N = 1: what was there comes back; single",
                  .quick = {1, 1, 1, 0},
                  .full = {4, 2, 2, 0},
                  .start = give_back<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "pin-give-back-multi",
                  .purpose = "the same with multi",
                  .quick = {1, 1, 1, 0},
                  .full = {4, 2, 2, 0},
                  .start = give_back<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "take-over-n1",
                  .purpose = "two producers drain the same slot behind a pin, N = 1",
                  .quick = {1, 0, 1, 0},
                  .full = {3, 1, 2, 0},
                  .start = take_over<1>,
                  .check = check_everything}),
    Registration({.name = "take-over-n2",
                  .purpose = "the same with N = 2",
                  .quick = {1, 0, 1, 0},
                  .full = {3, 1, 2, 0},
                  .start = take_over<2>,
                  .check = check_everything}),
    Registration(
        {.name = "pin-on-tombstone",
         .purpose = "a slot is skipped behind a pin, and comes round again while it is pinned, N = 2",
         .quick = {2, 0, 1, 0},
         .full = {3, 1, 2, 0},
         .start = free_and_pinned,
         .check = check_everything}),
    Registration({.name = "latest-single",
                  .purpose = "a latest reader, single, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = latest<ProducerMode::single>,
                  .check = check_everything}),
    Registration({.name = "latest-multi",
                  .purpose = "a latest reader, multi with one producer, N = 2",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = latest<ProducerMode::multi>,
                  .check = check_everything}),
    Registration({.name = "latest-two-producers",
                  .purpose = "a latest reader, two producers, N = 2",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = latest_two_producers,
                  .check = check_everything}),
    Registration({.name = "latest-waits",
                  .purpose = "a latest reader waits for ever for one message beside a claim that is given up",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = latest_waits,
                  .check = check_everything}),
    Registration({.name = "latest-behind-stopped",
                  .purpose = "a producer stops in WRITING, another one goes on; a latest reader sees it",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = latest_behind_stopped,
                  .check = [] { check_run({.all_are_settled = false}); }}),
};

}  // namespace
}  // namespace datablock::model

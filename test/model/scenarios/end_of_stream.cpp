// The end of the stream: a reader that is told of it has read everything.
#include <type_traits>

#include "world/world.hpp"

namespace datablock::model {
namespace {

void expect_end(Status status) {
  if (status != Status::END_OF_STREAM) {
    machine().fail("the stream has ended, and the reader is told status %d", static_cast<int>(status));
  }
}

template <class Reader>
void one_producer() {
  set_up({.slots = 2, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.produce_all(1);
    producer.mark_end();
  }));
  const auto read = [] { expect_end(Reader(2, 0).read_all(kForeverMs)); };
  const ThreadIndex reader = machine().spawn("reader", kImmortal, read);
  if constexpr (std::is_same_v<Reader, SyncConsumer>) {
    block().seat_sync(2, reader);
  } else {
    block().seat_lossy(2, reader, ConsumerMode::sequential);
  }
}

template <class Reader>
void two_producers() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  const auto produce = [](std::uint8_t id, unsigned count) {
    MultiProducer producer(id);
    producer.produce_all(count);
    producer.mark_end();
  };
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [produce] { produce(1, 0); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [produce] { produce(2, 1); }));
  const auto read = [] { expect_end(Reader(3, 0).read_all(kPatientMs)); };
  const ThreadIndex reader = machine().spawn("reader", kImmortal, read);
  if constexpr (std::is_same_v<Reader, SyncConsumer>) {
    block().seat_sync(3, reader);
  } else {
    block().seat_lossy(3, reader, ConsumerMode::sequential);
  }
}

/// One marks its end; the other has nothing to say and leaves.
void other_leaves() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [] {
    MultiProducer producer(1);
    producer.produce_all(1);
    producer.mark_end();
  }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [] {
    MultiProducer producer(2);
    producer.leave();
  }));
  block().seat_sync(3,
                    machine().spawn("reader", kImmortal, [] { expect_end(SyncConsumer(3, 0).read_all()); }));
}

/// A producer that goes on after its mark.
void goes_on() {
  set_up({.slots = 2, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.mark_end();
    producer.produce_all(1);
    producer.mark_end();
  }));
  block().seat_sync(2, machine().spawn("reader", kImmortal, [] {
    SyncConsumer reader(2, 0);
    while (reader.reading().deliveries.empty()) {
      reader.read();
    }
    expect_end(reader.read_all(kForeverMs));
  }));
}

const Registration scenarios_of_this_file[] = {
    Registration({.name = "end-single-sync",
                  .purpose = "one producer marks its end, sync reader",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = one_producer<SyncConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-single-sequential",
                  .purpose = "one producer marks its end, sequential reader",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = one_producer<SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-single-latest",
                  .purpose = "one producer marks its end, latest reader",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = one_producer<LatestConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-two-producers-sync",
                  .purpose = "two producers mark their ends, sync reader",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = two_producers<SyncConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-two-producers-sequential",
                  .purpose = "two producers mark their ends, sequential reader",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = two_producers<SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-two-producers-latest",
                  .purpose = "two producers mark their ends, latest reader",
                  .quick = {1, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = two_producers<LatestConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-other-leaves",
                  .purpose = "one producer marks its end, the other leaves without a word",
                  .quick = {2, 1, 0, 0},
                  .full = {3, 1, 1, 0},
                  .start = other_leaves,
                  .check = check_everything}),
    Registration({.name = "end-and-on",
                  .purpose = "a producer goes on after its mark",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = goes_on,
                  .check = check_everything}),
};

}  // namespace
}  // namespace datablock::model

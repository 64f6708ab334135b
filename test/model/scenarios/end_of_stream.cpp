// The end of the stream: a reader that is told of it has read everything.
#include "world/world.hpp"

namespace datablock::model {
namespace {

void expect_end(Status status) {
  if (status != Status::END_OF_STREAM) {
    machine().fail("the stream has ended, and the reader is told status %d", static_cast<int>(status));
  }
}

/// Reads through ends that are not the last, and must be told of the last one.
template <class Reader>
void read_across_ends(Reader& reader) {
  std::size_t told_after = kNever;
  Status status = Status::END_OF_STREAM;
  while (status == Status::END_OF_STREAM) {
    status = reader.read_all();
    if (status == Status::END_OF_STREAM) {
      told_after = reader.reading().deliveries.size();
    }
  }
  if (status != Status::TIMEOUT || told_after != reader.reading().deliveries.size()) {
    machine().fail("the stream has ended, and the reader was not told after its last message (status %d)",
                   static_cast<int>(status));
  }
}

void mark_end_again_and_again(MultiProducer& producer) {
  Status status = Status::FENCED;
  while (status == Status::FENCED || status == Status::ALL_SLOTS_QUARANTINED) {
    status = producer.try_to_mark_end();
  }
  if (status != Status::OK) {
    machine().fail("a producer cannot mark its end: status %d", static_cast<int>(status));
  }
}

template <ReaderKind kKind>
void one_producer() {
  set_up({.slots = 2, .participants = 2});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.produce_all(1);
    producer.mark_end();
  }));
  spawn_reader<kKind>(2, [](auto& reader) { expect_end(reader.read_all(kForeverMs)); });
}

template <ReaderKind kKind>
void two_producers() {
  set_up({.slots = 2, .producers = ProducerMode::multi});
  const auto produce = [](std::uint8_t id, unsigned count) {
    MultiProducer producer(id);
    producer.produce_all(count);
    producer.mark_end();
  };
  block().seat_producer(1, machine().spawn("producer 1", kImmortal, [produce] { produce(1, 0); }));
  block().seat_producer(2, machine().spawn("producer 2", kImmortal, [produce] { produce(2, 1); }));
  spawn_reader<kKind>(3, [](auto& reader) { expect_end(reader.read_all(kPatientMs)); });
}

/// One producer ends and leaves, its standby goes on and ends too: two ends, or one.
template <ReaderKind kKind>
void standby_goes_on() {
  set_up({.slots = 2, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.mark_end();
    producer.leave();
  }));
  spawn_reader<kKind>(2, [](auto& reader) { read_across_ends(reader); });
  machine().spawn("standby", kImmortal, [] {
    SingleProducer producer(3, SingleProducer::Joining{});
    producer.produce_all(1);
    producer.mark_end();
  });
}

/// Who leaves without a word has ended nothing.
template <ReaderKind kKind>
void leaves_without_mark() {
  set_up({.slots = 2, .participants = 2, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.produce_all(1);
    producer.leave();
  }));
  spawn_reader<kKind>(2, [](auto& reader) {
    if (const Status status = reader.read_all(); status != Status::TIMEOUT) {
      machine().fail("nobody has marked an end, and the reader is told status %d", static_cast<int>(status));
    }
  });
}

/// A standby that has not begun, and may never, keeps no stream open.
template <ReaderKind kKind>
void beside_standby() {
  set_up({.slots = 2, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] { SingleProducer(1).mark_end(); }));
  spawn_reader<kKind>(2, [](auto& reader) { expect_end(reader.read_all()); });
  machine().spawn("standby", kImmortal, [] { SingleProducer producer(3, SingleProducer::Joining{}); });
}

/// The slot of a mark may be taken by force: the stream has not ended until one is really there.
template <ReaderKind kKind>
void mark_is_fenced() {
  set_up({.slots = 2, .participants = 2, .producers = ProducerMode::multi, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    MultiProducer producer(1);
    mark_end_again_and_again(producer);
  }));
  spawn_reader<kKind>(2, [](auto& reader) { expect_end(reader.read_all()); });
  machine().spawn("operator", kImmortal, [] {
    force_slot(1);
    force_slot(0);
  });
}

// ------------------------------------------------------------------------------------ a death before the end

constexpr std::uint8_t kMortalProducer = 1;
constexpr ThreadIndex kMortalThread = 0;

/// Of the numbers below `claim`, is the newest that was committed a mark? And did `thread` commit one?
bool newest_is_mark() {
  for (std::uint64_t seq = block().claim(); seq-- > 0;) {
    const Fate& fate = journal().fates[seq];
    if (fate.kind == FateKind::committed) {
      return fate.is_mark;
    }
  }
  return false;
}

bool has_marked(ThreadIndex thread) {
  const Intent& last = journal().intents[thread];
  return last.is_mark && journal().fates[last.seq].kind == FateKind::committed;
}

/// One of two producers may die before its end, or while it marks it. Whoever waits for it cleans up after
/// it. If the newest message is a mark then, the stream has ended, and the one that was lost is counted.
template <ReaderKind kKind>
void one_dies() {
  set_up({.slots = 2, .producers = ProducerMode::multi, .self_heal = true, .history = 1});
  const auto produce = [](std::uint8_t id, unsigned count) {
    MultiProducer producer(id);
    producer.produce_all(count);
    producer.mark_end();
  };
  block().seat_producer(kMortalProducer, machine().spawn("mortal", kMortal, [produce] { produce(1, 1); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [produce] { produce(2, 0); }));
  spawn_reader<kKind>(3, [](auto& reader) {
    const Status status = reader.read_all();
    if (status != (newest_is_mark() ? Status::END_OF_STREAM : Status::TIMEOUT)) {
      machine().fail("the newest message is %sa mark, and the reader is told status %d",
                     newest_is_mark() ? "" : "not ", static_cast<int>(status));
    }
  });
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

void check_lost_producers() {
  check_everything();
  const std::uint64_t lost = block().view().control->lost_producers.load();
  if (lost != (machine().is_dead(kMortalThread) && !has_marked(kMortalThread) ? 1 : 0)) {
    machine().fail("%llu producers are counted as lost", static_cast<unsigned long long>(lost));
  }
}

// ------------------------------------------------------------------------------------ who comes late

/// Joins at any moment before the end or after it, also when no producer is left.
template <class Reader>
void joins_late() {
  set_up({.slots = 2, .participants = 2, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kImmortal, [] {
    SingleProducer producer(1);
    producer.mark_end();
    producer.leave();
  }));
  machine().spawn("joiner", kImmortal, [] {
    Reader reader(2, typename Reader::Joining{});
    expect_end(reader.read_all());
  });
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
    Registration({.name = "end-joins-sync",
                  .purpose = "a sync consumer joins before, at or after the end",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = joins_late<SyncConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-joins-sequential",
                  .purpose = "the same with a sequential consumer",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = joins_late<SequentialConsumer>,
                  .check = check_everything}),
    Registration({.name = "end-joins-latest",
                  .purpose = "the same with a latest consumer",
                  .quick = {2, 1, 0, 0},
                  .full = {4, 2, 1, 0},
                  .start = joins_late<LatestConsumer>,
                  .check = check_everything}),
};

const RegistrationByKind single({.name = "end-single",
                                 .purpose = "one producer marks its end",
                                 .quick = {2, 1, 0, 0},
                                 .full = {4, 2, 1, 0},
                                 .check = check_everything},
                                []<ReaderKind kKind> { one_producer<kKind>(); });
const RegistrationByKind two({.name = "end-two-producers",
                              .purpose = "two producers mark their ends",
                              .quick = {1, 1, 0, 0},
                              .full = {3, 1, 1, 0},
                              .check = check_everything},
                             []<ReaderKind kKind> { two_producers<kKind>(); });
const RegistrationByKind standby(
    {.name = "end-and-standby",
     .purpose = "a producer marks its end and leaves, a standby goes on and ends",
     .quick = {1, 1, 0, 0},
     .full = {3, 1, 1, 0},
     .check = check_everything},
    []<ReaderKind kKind> { standby_goes_on<kKind>(); });
const RegistrationByKind unmarked({.name = "end-not-marked",
                                   .purpose = "a producer leaves without a mark",
                                   .quick = {2, 1, 0, 0},
                                   .full = {4, 2, 1, 0},
                                   .check = check_everything},
                                  []<ReaderKind kKind> { leaves_without_mark<kKind>(); });
const RegistrationByKind beside({.name = "end-beside-standby",
                                 .purpose = "a producer marks its end and stays, a standby waits",
                                 .quick = {1, 1, 0, 0},
                                 .full = {3, 1, 1, 0},
                                 .check = check_everything},
                                []<ReaderKind kKind> { beside_standby<kKind>(); });
const RegistrationByKind fenced({.name = "end-fenced",
                                 .purpose = "the slot of the mark is taken by force",
                                 .quick = {1, 1, 0, 0},
                                 .full = {3, 1, 1, 0},
                                 .check = check_everything},
                                []<ReaderKind kKind> { mark_is_fenced<kKind>(); });
const RegistrationByKind death({.name = "end-then-death",
                                .purpose = "one of two producers dies before it has marked its end",
                                .quick = {1, 0, 0, 1},
                                .full = {2, 1, 1, 1},
                                .check = check_lost_producers},
                               []<ReaderKind kKind> { one_dies<kKind>(); });

}  // namespace
}  // namespace datablock::model

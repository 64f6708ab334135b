// Transactions: what is published when, what is thrown, and that nothing is left behind.
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/cpp_block_test.hpp"

namespace datablock {
namespace {

using testing::bytes_of;
using testing::CppBlockTest;
using testing::kLongMs;
using testing::receive;
using testing::send;
using testing::text_of;
using testing::thrown_by;

static_assert(std::is_nothrow_destructible_v<WriteTransactionGuard> &&
              std::is_nothrow_destructible_v<ReadTransactionGuard>);
static_assert(std::is_nothrow_move_constructible_v<WriteTransactionGuard> &&
              std::is_nothrow_move_constructible_v<ReadTransactionGuard>);
static_assert(std::is_same_v<SlotWriteGuard, WriteTransactionGuard> &&
              std::is_same_v<SlotReadGuard, ReadTransactionGuard>);

class TransactionTest : public CppBlockTest {
 protected:
  /// Nothing is held: no slot is anybody's, and the ring goes on over every slot.
  void expect_clean(DataBlockProducer& producer, DataBlockConsumer& consumer) {
    for (std::uint64_t slot = 0; slot < 4; ++slot) {
      EXPECT_TRUE(raw().word(slot).is_settled());
    }
    for (const char* text : {"a", "b", "c", "d", "e"}) {
      send(producer, text);
      EXPECT_EQ(receive(consumer), text);
    }
    EXPECT_EQ(violations(), "");
  }

  DataBlockProducer producer_ = (create(config()), open_producer());
  DataBlockConsumer consumer_ = open_consumer();
};

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken") {}
};

// ---------------------------------------------------------------------------------------------- writing

TEST_F(TransactionTest, ABodyThatReturnsIsPublished) {
  const int result = with_write_transaction(producer_, 0, [](SlotWriteHandle& slot) {
    EXPECT_EQ(slot.write(bytes_of("text")), Status::OK);
    return 42;
  });
  EXPECT_EQ(result, 42);
  EXPECT_EQ(receive(consumer_), "text");
}

TEST_F(TransactionTest, ABodyThatReturnsEarlyIsPublishedToo) {
  for (const bool early : {true, false}) {
    with_write_transaction(producer_, 0, [&](SlotWriteHandle& slot) {
      slot.write(bytes_of("early"));
      if (early) {
        return;
      }
      slot.write(bytes_of("late"));
    });
    EXPECT_EQ(receive(consumer_), early ? "early" : "late");
  }
}

TEST_F(TransactionTest, TheWholeSlotIsPublishedUnlessTheBodySaysHowMuch) {
  with_write_transaction(producer_, 0, [](SlotWriteHandle&) {});
  EXPECT_EQ(receive(consumer_).size(), 64U);
  with_write_transaction(producer_, 0, [](SlotWriteHandle& slot) { slot.set_length(0); });
  EXPECT_EQ(receive(consumer_).size(), 0U);
}

TEST_F(TransactionTest, ABodyThatThrowsPublishesNothingAndTheExceptionGoesOn) {
  EXPECT_THROW(with_write_transaction(producer_, 0,
                                      [](SlotWriteHandle& slot) {
                                        slot.write(bytes_of("half"));
                                        throw Broken();
                                      }),
               Broken);
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  EXPECT_EQ(receive(consumer_, 0), "<TIMEOUT>");
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, ABodyMayCommitOrAbortItself) {
  with_write_transaction(producer_, 0, [](SlotWriteHandle& slot) {
    slot.write(bytes_of("own"));
    EXPECT_EQ(slot.commit(), Status::OK);
  });
  with_write_transaction(producer_, 0, [](SlotWriteHandle& slot) { EXPECT_EQ(slot.abort(), Status::OK); });
  EXPECT_EQ(receive(consumer_), "own");
  EXPECT_EQ(receive(consumer_, 0), "<TIMEOUT>");
  // What was committed before the exception stays.
  EXPECT_THROW(with_write_transaction(producer_, 0,
                                      [](SlotWriteHandle& slot) {
                                        slot.write(bytes_of("done"));
                                        slot.commit();
                                        throw Broken();
                                      }),
               Broken);
  EXPECT_EQ(receive(consumer_), "done");
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, ATimeOutIsAnErrorOfItsOwnAndTheBodyDoesNotRun) {
  for (int i = 0; i < 4; ++i) {
    send(producer_, "full");
  }
  bool ran = false;
  EXPECT_THROW(with_write_transaction(producer_, 5, [&](SlotWriteHandle&) { ran = true; }), TimeoutError);
  EXPECT_THROW(WriteTransactionGuard(producer_, 0), TimeoutError);
  EXPECT_FALSE(ran);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(receive(consumer_), "full");
  }
  EXPECT_THROW(with_read_transaction(consumer_, 5, [&](const SlotConsumeHandle&) { ran = true; }),
               TimeoutError);
  EXPECT_FALSE(ran);
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, ASecondWriteInsideTheFirstIsRefusedAndHarmsNeither) {
  with_write_transaction(producer_, 0, [&](SlotWriteHandle& outer) {
    outer.write(bytes_of("outer"));
    EXPECT_EQ(thrown_by([&] { with_write_transaction(producer_, 0, [](SlotWriteHandle&) { FAIL(); }); }),
              Status::NESTED_USE);
    EXPECT_EQ(thrown_by([&] { WriteTransactionGuard inner(producer_, 0); }), Status::NESTED_USE);
  });
  EXPECT_EQ(receive(consumer_), "outer");
  EXPECT_EQ(raw().claim(), 1U);
  // Not caught inside, it ends the outer one as any exception does.
  EXPECT_EQ(thrown_by([&] {
              with_write_transaction(producer_, 0, [&](SlotWriteHandle&) { send(producer_, "inner"); });
            }),
            Status::NESTED_USE);
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, AResultMayBeAReferenceOrMovable) {
  int number = 1;
  int& reference = with_write_transaction(producer_, 0, [&](SlotWriteHandle&) -> int& { return number; });
  EXPECT_EQ(&reference, &number);
  const auto moved = with_read_transaction(consumer_, 0, [](const SlotConsumeHandle& slot) {
    return std::make_unique<std::uint64_t>(slot.seq());
  });
  EXPECT_EQ(*moved, 0U);
}

TEST_F(TransactionTest, ASlotThatWasTakenAwayIsNotPublishedInSilence) {
  create(multi_config(), "multi");
  ProducerOptions options;
  options.dir = dir();
  auto producer = DataBlockProducer::open("multi", options);
  Recovery operator_("multi", dir());
  EXPECT_EQ(thrown_by([&] {
              with_write_transaction(producer, 0, [&](SlotWriteHandle&) {
                EXPECT_EQ(operator_.force_reset_slot(0, true).status, Status::OK);
              });
            }),
            Status::FENCED);
}

// ---------------------------------------------------------------------------------------------- reading

TEST_F(TransactionTest, AMessageIsLetGoAfterTheBodyHoweverItEnds) {
  for (int i = 0; i < 3; ++i) {
    send(producer_, std::to_string(i));
  }
  EXPECT_EQ(receive(consumer_), "0");
  EXPECT_THROW(with_read_transaction(consumer_, 0, [](const SlotConsumeHandle&) { throw Broken(); }), Broken);
  EXPECT_EQ(receive(consumer_), "2");
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, TheEndOfTheStreamIsAnErrorOfItsOwn) {
  ASSERT_EQ(producer_->mark_end(0), Status::OK);
  EXPECT_THROW(with_read_transaction(consumer_, 0, [](const SlotConsumeHandle&) {}), EndOfStreamError);
}

TEST_F(TransactionTest, WhatAnEvictedConsumerReadIsNotHandedOver) {
  send(producer_, "x");
  EXPECT_EQ(thrown_by([&] {
              with_read_transaction(consumer_, 0, [&](const SlotConsumeHandle& slot) {
                EXPECT_EQ(evict(consumer_), Status::OK);
                EXPECT_EQ(slot.validate(), Status::EVICTED);
                return 1;
              });
            }),
            Status::EVICTED);
}

TEST_F(TransactionTest, WithNextSlotAnswersInsteadOfThrowing) {
  send(producer_, "0");
  std::string read;
  const auto next = [&] {
    return with_next_slot(consumer_, 0,
                          [&](const SlotConsumeHandle& slot) { read += text_of(slot.buffer_span()); });
  };
  EXPECT_EQ(next(), Status::OK);
  EXPECT_EQ(next(), Status::TIMEOUT);
  ASSERT_EQ(producer_->mark_end(0), Status::OK);
  EXPECT_EQ(next(), Status::END_OF_STREAM);
  EXPECT_EQ(read, "0");
  send(producer_, "1");
  EXPECT_THROW(
      static_cast<void>(with_next_slot(consumer_, 0, [](const SlotConsumeHandle&) { throw Broken(); })),
      Broken);
  EXPECT_EQ(next(), Status::TIMEOUT);
}

// ---------------------------------------------------------------------------------------------- guards

TEST_F(TransactionTest, AGuardPublishesWhenItIsTold) {
  WriteTransactionGuard guard(producer_);
  guard.slot().write(bytes_of("guarded"));
  guard.commit();
  EXPECT_EQ(thrown_by([&] { guard.commit(); }), Status::NOTHING_IN_HAND);
  guard.abort();
  ReadTransactionGuard reading(consumer_);
  EXPECT_EQ(text_of(reading.slot().buffer_span()), "guarded");
  reading.finish();
  EXPECT_EQ(thrown_by([&] { reading.finish(); }), Status::NOTHING_IN_HAND);
}

TEST_F(TransactionTest, AGuardThatIsLeftGivesUpAlsoDuringUnwinding) {
  { WriteTransactionGuard guard(producer_); }
  EXPECT_THROW(
      {
        WriteTransactionGuard guard(producer_);
        throw Broken();
      },
      Broken);
  EXPECT_EQ(raw().tombstones(), 2U);
  expect_clean(producer_, consumer_);
}

WriteTransactionGuard begun(DataBlockProducer& producer, std::string_view text) {
  WriteTransactionGuard guard(producer);
  guard.slot().write(bytes_of(text));
  return guard;
}

TEST_F(TransactionTest, AGuardCanBeReturnedMovedAndAssigned) {
  WriteTransactionGuard guard = begun(producer_, "returned");
  WriteTransactionGuard moved = std::move(guard);
  EXPECT_EQ(thrown_by([&] { guard.commit(); }), Status::NOTHING_IN_HAND);  // NOLINT(bugprone-use-after-move)
  moved.commit();
  EXPECT_EQ(receive(consumer_), "returned");

  moved = begun(producer_, "assigned");
  moved.commit();
  EXPECT_EQ(receive(consumer_), "assigned");

  // Assigned over, it gives up what it had.
  create(config(), "other");
  ProducerOptions options;
  options.dir = dir();
  auto other = DataBlockProducer::open("other", options);
  WriteTransactionGuard first(producer_);
  first = begun(other, "kept");
  EXPECT_EQ(raw().word(2), SlotWord::free(1));
  first.commit();
  EXPECT_EQ(testing::RawBlock("other", dir()).word(0), SlotWord::committed(1));
}

TEST_F(TransactionTest, GuardsLiveInContainers) {
  std::vector<DataBlockProducer> producers;
  std::vector<WriteTransactionGuard> guards;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "block-" + std::to_string(i);
    create(config(), name);
    ProducerOptions options;
    options.dir = dir();
    producers.push_back(DataBlockProducer::open(name, options));
    guards.push_back(begun(producers.back(), name));  // both vectors grow, and move what they have
  }
  for (int i = 0; i < 4; ++i) {
    guards[static_cast<std::size_t>(i)].commit();
  }
  guards.clear();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(testing::RawBlock("block-" + std::to_string(i), dir()).word(0),
              i < 4 ? SlotWord::committed(1) : SlotWord::free(1));
  }
}

TEST_F(TransactionTest, AGuardMayEndInAnotherThread) {
  WriteTransactionGuard guard = begun(producer_, "elsewhere");
  std::thread([moved = std::move(guard)]() mutable { moved.commit(); }).join();
  EXPECT_EQ(receive(consumer_), "elsewhere");
}

// ---------------------------------------------------------------------------------------------- bytes and
// values

struct Reading {
  std::uint64_t number;
  double value;
};

TEST_F(TransactionTest, AccessToTheBytesOfASlot) {
  SlotRWAccess::with_write_access(producer_, [](std::span<std::byte> bytes) -> std::size_t {
    bytes[0] = std::byte{'x'};
    return 1;
  });
  SlotRWAccess::with_write_access(producer_, [](std::span<std::byte> bytes) { bytes[63] = std::byte{'y'}; });
  const auto size = [](std::span<const std::byte> bytes) { return bytes.size(); };
  EXPECT_EQ(SlotRWAccess::with_read_access(consumer_, size), 1U);
  EXPECT_EQ(SlotRWAccess::with_read_access(consumer_, size), 64U);
  EXPECT_EQ(thrown_by([&] {
              SlotRWAccess::with_write_access(producer_,
                                              [](std::span<std::byte>) { return std::size_t{65}; });
            }),
            Status::MESSAGE_TOO_LARGE);
  expect_clean(producer_, consumer_);
}

TEST_F(TransactionTest, AccessToAValueInASlot) {
  SlotRWAccess::with_typed_write<Reading>(producer_, [](Reading& reading) { reading = {7, 0.5}; });
  const double value = SlotRWAccess::with_typed_read<Reading>(consumer_, [](const Reading& reading) {
    EXPECT_EQ(reading.number, 7U);
    return reading.value;
  });
  EXPECT_EQ(value, 0.5);
  send(producer_, "not a reading");
  EXPECT_EQ(thrown_by([&] { SlotRWAccess::with_typed_read<Reading>(consumer_, [](const Reading&) {}); }),
            Status::TYPE_MISMATCH);
  struct Large {
    char bytes[65];
  };
  EXPECT_EQ(thrown_by([&] { SlotRWAccess::with_typed_write<Large>(producer_, [](Large&) {}); }),
            Status::MESSAGE_TOO_LARGE);
  expect_clean(producer_, consumer_);
}

struct WithText {
  std::string text;
};
struct alignas(128) TooAligned {
  char byte;
};
static_assert(SlotValue<Reading> && SlotValue<int> && !SlotValue<WithText> && !SlotValue<TooAligned>);

}  // namespace
}  // namespace datablock

// Every rule of the validator, broken alone.
#include "core/validation.hpp"

#include <atomic>
#include <thread>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::Line;
using testing::put;
using testing::put_numbers;

class ValidationTest : public BlockTest {
 protected:
  ValidationReport report(bool checksums = false) const {
    const auto block = raw();
    return validate(block.file(), block.view(), checksums);
  }
  /// The only violation there is.
  Violation only() const {
    const auto found = report().violations;
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Violation{"none", std::nullopt, std::nullopt, "", false} : found[0];
  }
};

TEST_F(ValidationTest, AUsedBlockIsValid) {
  create(config());
  const auto writer = producer();
  const auto readers = {consumer(), consumer(ConsumerMode::latest)};
  put_numbers(*writer, 0, 3);
  EXPECT_TRUE(report().violations.empty());
  EXPECT_EQ(report().slots_checked, 4U);
}

TEST_F(ValidationTest, AWordThatThereIsNot) {
  create(config());
  raw().set_word(2, SlotWord{0xdeadbeef});
  EXPECT_STREQ(only().rule, "slot-word");
  EXPECT_EQ(only().slot, std::uint64_t{2});
  EXPECT_FALSE(only().repairable);
}

TEST_F(ValidationTest, ALapAheadOfTheClaim) {
  create(config());
  raw().set_word(2, SlotWord::committed(1));
  EXPECT_STREQ(only().rule, "slot-lap");
}

TEST_F(ValidationTest, ALapBehindTheClaim) {
  create(config());
  put_numbers(*producer(), 0, 3);
  raw().set_word(1, SlotWord::free(0));
  EXPECT_STREQ(only().rule, "slot-lap");
}

TEST_F(ValidationTest, AClaimThatWentBack) {
  create(config(2));
  put_numbers(*producer(), 0, 6);
  raw().view().control->claim.store(2);
  EXPECT_EQ(report().violations.size(), 2U);
}

TEST_F(ValidationTest, AnOwnerWithoutLock) {
  create(config());
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  EXPECT_TRUE(report().violations.empty());
  child.kill();
  const auto found = report().violations;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_STREQ(found[0].rule, "owner-without-lock");
  EXPECT_EQ(found[0].participant, std::uint8_t{1});
  EXPECT_TRUE(found[0].repairable);
  EXPECT_STREQ(found[1].rule, "entry-without-lock");
  EXPECT_TRUE(found[1].repairable);
}

TEST_F(ValidationTest, ALengthBeyondTheSlot) {
  create(config());
  put(*producer(), "x");
  raw().view().states[0].length.store(65);
  EXPECT_STREQ(only().rule, "message-length");
}

TEST_F(ValidationTest, AHoldBeyondTheClaim) {
  create(config());
  const auto reader = consumer();
  raw().view().participant(1).hold.store(5);
  EXPECT_STREQ(only().rule, "hold-beyond-claim");
  EXPECT_EQ(only().participant, std::uint8_t{1});
}

TEST_F(ValidationTest, APinBeyondTheRing) {
  create(config());
  const auto reader = consumer(ConsumerMode::latest);
  raw().view().participant(1).pin.store(4);
  EXPECT_STREQ(only().rule, "pin-beyond-ring");
}

TEST_F(ValidationTest, AStateThatThereIsNot) {
  create(config());
  const auto reader = consumer();
  raw().view().participant(1).word.store(EntryWord::make(static_cast<EntryState>(77), 1).raw);
  EXPECT_STREQ(only().rule, "entry-state");
}

TEST_F(ValidationTest, TracesOfAFreeEntry) {
  create(config());
  raw().view().participant(3).hold.store(0);
  EXPECT_STREQ(only().rule, "traces-of-free-entry");
  EXPECT_TRUE(only().repairable);
}

TEST_F(ValidationTest, ABitThatNobodyCanHave) {
  create(config());  // 16 participants
  raw().view().control->lossy.store(participant_bit(17));
  EXPECT_STREQ(only().rule, "bit-beyond-participants");
}

TEST_F(ValidationTest, AChecksumThatDiffers) {
  BlockConfig wanted = config();
  wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  create(wanted);
  put_numbers(*producer(), 0, 3);
  EXPECT_EQ(report(true).checksums_verified, 3U);
  raw().view().slot_payload(1)[0] ^= std::byte{1};
  EXPECT_EQ(report(true).checksums_verified, 2U);
  ASSERT_EQ(report(true).violations.size(), 1U);
  EXPECT_STREQ(report(true).violations[0].rule, "checksum");
}

TEST_F(ValidationTest, ChecksumsAreOnlyReadWhenAskedFor) {
  BlockConfig wanted = config();
  wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  create(wanted);
  put_numbers(*producer(), 0, 3);
  EXPECT_EQ(report(false).checksums_verified, 0U);
}

TEST_F(ValidationTest, WhatIsRepairableIsGoneAfterRecovery) {
  create(config());
  ChildProcess child([&](const Line& line) {
    const auto writer = producer();
    const auto reader = consumer();
    REQUIRE_IN_CHILD(writer->acquire(0) == Status::OK);
    line.stay();
  });
  child.hear();
  child.kill();
  for (const Violation& violation : report().violations) {
    EXPECT_TRUE(violation.repairable) << violation.rule;
  }
  Recovery tool = recovery();
  for (const PlannedAction& action : tool.plan()) {
    EXPECT_EQ(tool.apply(action), Status::OK);
  }
  EXPECT_TRUE(report().violations.empty());
}

// Whatever live participants do while it looks, a validator does not call it damage.
TEST_F(ValidationTest, OfALiveBlockFindsNothing) {
  BlockConfig wanted = multi_config(3);
  wanted.checksum_algorithm = ChecksumAlgorithm::xxh3;
  create(wanted);
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      while (!done) {
        const auto writer = producer();
        for (int n = 0; n < 20; ++n) {
          put(*writer, "x", 10);
        }
      }
    });
  }
  busy.emplace_back([&] {
    for (int i = 0; !done; ++i) {
      const auto reader = consumer(i % 2 == 0 ? ConsumerMode::sync : ConsumerMode::latest);
      for (int n = 0; n < 20; ++n) {
        if (reader->acquire(1) == Status::OK) {
          reader->release();
        }
      }
    }
  });
  std::string found;
  for (int i = 0; i < 400 && found.empty(); ++i) {
    found = violations(true);
  }
  done = true;
  for (std::thread& thread : busy) {
    thread.join();
  }
  EXPECT_EQ(found, "");
}

}  // namespace
}  // namespace datablock

#include "core/slot_word.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/block_test.hpp"

namespace datablock {
namespace {

constexpr std::uint64_t kLastLap = (std::uint64_t{1} << 52) - 1;
constexpr Phase kPhasesWithOwner[] = {Phase::writing, Phase::draining, Phase::draining_empty,
                                      Phase::quarantined};

TEST(SlotWord, KeepsItsThreePartsApart) {
  for (std::uint64_t lap : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xabcdef}, kLastLap}) {
    for (unsigned owner : {0U, 1U, 64U, 255U}) {
      for (unsigned phase = 0; phase <= 5; ++phase) {
        const SlotWord word =
            SlotWord::make(lap, static_cast<std::uint8_t>(owner), static_cast<Phase>(phase));
        EXPECT_EQ(word.lap(), lap);
        EXPECT_EQ(word.owner(), owner);
        EXPECT_EQ(word.phase(), static_cast<Phase>(phase));
      }
    }
  }
}

TEST(SlotWord, LiesInMemoryAsLapOwnerPhase) {
  EXPECT_EQ(SlotWord::make(0x123, 0x45, Phase::quarantined).raw, std::uint64_t{0x123455});
}

TEST(SlotWord, OfANewFileIsFreeOnLapZero) {
  EXPECT_EQ(SlotWord{}, SlotWord::free(0));
}

TEST(SlotWord, OfALaterLapIsGreater) {
  EXPECT_GT(SlotWord::free(8).raw, SlotWord::make(7, 255, Phase::quarantined).raw);
}

TEST(SlotWord, IsSettledWhenNobodyOwnsIt) {
  EXPECT_TRUE(SlotWord::free(3).is_settled());
  EXPECT_TRUE(SlotWord::committed(3).is_settled());
  for (const Phase phase : kPhasesWithOwner) {
    EXPECT_FALSE(SlotWord::make(3, 1, phase).is_settled());
  }
}

TEST(SlotWord, DrainingIsGivenBackToTheCommittedMessageOfTheLapBefore) {
  EXPECT_EQ(SlotWord::make(9, 4, Phase::draining).before_drain(), SlotWord::committed(8));
}

TEST(SlotWord, DrainingEmptyIsGivenBackToTheFreeSlotOfTheLapBefore) {
  EXPECT_EQ(SlotWord::make(1, 4, Phase::draining_empty).before_drain(), SlotWord::free(0));
}

TEST(SlotWord, WithoutOwnerIsPossibleOnlyWhenSettled) {
  EXPECT_TRUE(SlotWord::free(0).is_possible(64));
  EXPECT_TRUE(SlotWord::committed(1).is_possible(64));
  for (const Phase phase : kPhasesWithOwner) {
    EXPECT_FALSE(SlotWord::make(1, kNobody, phase).is_possible(64));
  }
}

TEST(SlotWord, SettledWithAnOwnerIsImpossible) {
  EXPECT_FALSE(SlotWord::make(1, 3, Phase::free).is_possible(64));
  EXPECT_FALSE(SlotWord::make(1, 3, Phase::committed).is_possible(64));
}

TEST(SlotWord, OwnedByAnIdBeyondTheTableIsImpossible) {
  for (const Phase phase : kPhasesWithOwner) {
    EXPECT_TRUE(SlotWord::make(1, 8, phase).is_possible(8));
    EXPECT_FALSE(SlotWord::make(1, 9, phase).is_possible(8));
  }
}

TEST(SlotWord, OnLapZeroIsPossibleOnlyWhenFree) {
  EXPECT_FALSE(SlotWord::committed(0).is_possible(64));
  for (const Phase phase : kPhasesWithOwner) {
    EXPECT_FALSE(SlotWord::make(0, 1, phase).is_possible(64));
  }
}

TEST(SlotWord, WithAPhaseThatThereIsNotIsImpossible) {
  for (std::uint64_t phase = 6; phase < 16; ++phase) {
    EXPECT_FALSE(SlotWord{std::uint64_t{1} << 12 | phase}.is_possible(64));
    EXPECT_FALSE(SlotWord{std::uint64_t{1} << 12 | 1 << 4 | phase}.is_possible(64));
  }
}

class RingOf : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static void expect_at(const RingPosition& at, std::uint64_t seq) {
    ASSERT_EQ(at.seq(), seq);
    ASSERT_EQ(at.slot(), seq % GetParam());
    ASSERT_EQ(at.lap(), seq / GetParam() + 1);
  }
};

TEST_P(RingOf, SteppingIsDividing) {
  RingPosition at(0, GetParam());
  for (std::uint64_t seq = 0; seq < 3 * GetParam() + 10; ++seq) {
    expect_at(at, seq);
    at.step();
  }
}

TEST_P(RingOf, SeekingForwardsIsDividing) {
  std::mt19937_64 random(7);
  RingPosition at(0, GetParam());
  std::uint64_t seq = 0;
  for (int i = 0; i < 2000; ++i) {
    seq += random() % (3 * GetParam());
    at.seek(seq);
    expect_at(at, seq);
  }
}

TEST_P(RingOf, SeekingBackwardsIsDividing) {
  for (std::uint64_t back : {std::uint64_t{1}, GetParam(), GetParam() + 1, 5 * GetParam()}) {
    RingPosition at(10 * GetParam() + 1, GetParam());
    at.seek(10 * GetParam() + 1 - back);
    expect_at(at, 10 * GetParam() + 1 - back);
  }
}

TEST_P(RingOf, SeekingToWhereItIsChangesNothing) {
  RingPosition at(12345, GetParam());
  at.seek(12345);
  expect_at(at, 12345);
}

TEST_P(RingOf, LapAndSlotNameTheMessageAgain) {
  for (std::uint64_t seq = 0; seq < 3 * GetParam() + 2; ++seq) {
    const RingPosition at(seq, GetParam());
    EXPECT_EQ(seq_of(at.lap(), at.slot(), GetParam()), seq);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, RingOf, ::testing::Values(1, 2, 3, 5, 1000));

}  // namespace
}  // namespace datablock

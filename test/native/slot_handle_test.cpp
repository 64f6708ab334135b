// DataBlockProducer, DataBlockConsumer and the handles on slots: the primitive calls.
#include <type_traits>
#include <vector>

#include "support/cpp_block_test.hpp"

namespace datablock {
namespace {

using testing::bytes_of;
using testing::CppBlockTest;
using testing::receive;
using testing::send;
using testing::text_of;
using testing::thrown_by;

static_assert(std::is_nothrow_destructible_v<SlotWriteHandle> &&
              std::is_nothrow_destructible_v<SlotConsumeHandle>);
static_assert(std::is_nothrow_move_constructible_v<SlotWriteHandle> &&
              std::is_nothrow_move_assignable_v<SlotWriteHandle>);
static_assert(std::is_nothrow_move_constructible_v<SlotConsumeHandle> &&
              std::is_nothrow_move_assignable_v<SlotConsumeHandle>);
static_assert(!std::is_copy_constructible_v<SlotWriteHandle> &&
              !std::is_copy_constructible_v<SlotConsumeHandle>);
static_assert(std::is_move_constructible_v<DataBlockProducer> &&
              std::is_move_assignable_v<DataBlockConsumer>);

class SlotHandleTest : public CppBlockTest {};

TEST_F(SlotHandleTest, CreateMakesTheBlockOrJoinsItAndGoesOn) {
  ProducerOptions options;
  options.dir = dir();
  {
    auto first = DataBlockProducer::create(kName, config(), options);
    send(first, "0");
  }
  auto second = DataBlockProducer::create(kName, config(), options);
  EXPECT_EQ(second.acquire_write_slot(0).seq(), 1U);
  BlockConfig other = config();
  other.slot_size = 65;
  EXPECT_EQ(thrown_by([&] { DataBlockProducer::create(kName, other, options); }), Status::CONFIG_DIFFERS);
  EXPECT_EQ(thrown_by([&] { DataBlockConsumer::open("none", consumer_options()); }), Status::NO_SUCH_BLOCK);
}

TEST_F(SlotHandleTest, AMessageIsWrittenAndReadInPlace) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  SlotWriteHandle slot = producer.acquire_write_slot(0);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot.status(), Status::OK);
  EXPECT_EQ(slot.seq(), 0U);
  EXPECT_EQ(slot.slot_index(), 0U);
  EXPECT_EQ(slot.buffer_span().size(), 64U);
  EXPECT_EQ(slot.length(), 64U);  // the whole slot, unless it is said
  ASSERT_EQ(slot.write(bytes_of("hello")), Status::OK);
  EXPECT_EQ(slot.length(), 5U);
  slot.set_flags(MessageFlag::line | MessageFlag::end);
  ASSERT_EQ(slot.commit(), Status::OK);
  EXPECT_FALSE(slot);

  SlotConsumeHandle message = consumer.acquire_consume_slot(0);
  ASSERT_TRUE(message);
  EXPECT_EQ(text_of(message.buffer_span()), "hello");
  EXPECT_EQ(message.flags(), MessageFlag::line);  // the mark belongs to DataBlock
  EXPECT_EQ(message.seq(), 0U);
  EXPECT_EQ(message.slot_index(), 0U);
  EXPECT_EQ(message.lost(), 0U);
  EXPECT_EQ(message.validate(), Status::OK);
  EXPECT_EQ(message.release(), Status::OK);
  EXPECT_EQ(message.release(), Status::NOTHING_IN_HAND);
}

TEST_F(SlotHandleTest, AnEmptyHandleSaysWhy) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  SlotConsumeHandle nothing = consumer.acquire_consume_slot(0);
  EXPECT_FALSE(nothing);
  EXPECT_EQ(nothing.status(), Status::TIMEOUT);
  for (int i = 0; i < 4; ++i) {
    send(producer, "x");
  }
  EXPECT_EQ(producer.acquire_write_slot(3).status(), Status::TIMEOUT);
  EXPECT_EQ(SlotWriteHandle().status(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(SlotWriteHandle().commit(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(SlotWriteHandle().abort(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(SlotConsumeHandle().release(), Status::NOTHING_IN_HAND);
}

TEST_F(SlotHandleTest, ASecondCommitIsRefused) {
  create(config());
  auto producer = open_producer();
  SlotWriteHandle slot = producer.acquire_write_slot(0);
  EXPECT_EQ(slot.commit(), Status::OK);
  EXPECT_EQ(slot.commit(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(slot.abort(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(raw().claim(), 1U);
}

TEST_F(SlotHandleTest, WhatIsTooLongStaysInHand) {
  create(config());
  auto producer = open_producer();
  SlotWriteHandle slot = producer.acquire_write_slot(0);
  const std::string large(65, 'x');
  EXPECT_EQ(slot.write(bytes_of(large)), Status::MESSAGE_TOO_LARGE);
  EXPECT_EQ(slot.length(), 64U);
  slot.set_length(65);
  EXPECT_EQ(slot.commit(), Status::MESSAGE_TOO_LARGE);
  ASSERT_TRUE(slot);
  slot.set_length(64);
  EXPECT_EQ(slot.commit(), Status::OK);
}

TEST_F(SlotHandleTest, NestedUseIsRefusedAndHarmsNeither) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  SlotWriteHandle outer = producer.acquire_write_slot(0);
  ASSERT_EQ(outer.write(bytes_of("outer")), Status::OK);
  {
    SlotWriteHandle inner = producer.acquire_write_slot(0);
    EXPECT_EQ(inner.status(), Status::NESTED_USE);
    EXPECT_EQ(inner.commit(), Status::NOTHING_IN_HAND);
  }
  ASSERT_EQ(outer.commit(), Status::OK);
  SlotConsumeHandle message = consumer.acquire_consume_slot(0);
  EXPECT_EQ(consumer.acquire_consume_slot(0).status(), Status::NESTED_USE);
  EXPECT_EQ(text_of(message.buffer_span()), "outer");
}

TEST_F(SlotHandleTest, AHandleThatIsDestroyedGivesItsMessageUp) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  { const SlotWriteHandle slot = producer.acquire_write_slot(0); }
  EXPECT_EQ(raw().word(0), SlotWord::free(1));
  send(producer, "next");
  { const SlotConsumeHandle message = consumer.acquire_consume_slot(0); }
  EXPECT_EQ(consumer.acquire_consume_slot(0).status(),
            Status::TIMEOUT);  // it was let go, and does not come again
}

TEST_F(SlotHandleTest, MovingAHandleMovesTheSlot) {
  create(config());
  auto producer = open_producer();
  SlotWriteHandle first = producer.acquire_write_slot(0);
  first.set_length(1);
  SlotWriteHandle second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is asked
  EXPECT_EQ(first.commit(), Status::NOTHING_IN_HAND);
  EXPECT_EQ(second.length(), 1U);
  SlotWriteHandle third;
  third = std::move(second);
  EXPECT_EQ(third.commit(), Status::OK);

  // Assigning to a handle lets go of what it had.
  third = producer.acquire_write_slot(0);
  third = SlotWriteHandle();
  EXPECT_EQ(raw().word(1), SlotWord::free(1));
  SlotWriteHandle itself = producer.acquire_write_slot(0);
  SlotWriteHandle& alias = itself;
  itself = std::move(alias);
  EXPECT_TRUE(itself);
}

TEST_F(SlotHandleTest, AParticipantCanMoveWhileASlotIsInHand) {
  create(config());
  auto producer = open_producer();
  SlotWriteHandle slot = producer.acquire_write_slot(0);
  std::vector<DataBlockProducer> home;
  home.push_back(std::move(producer));
  EXPECT_EQ(slot.commit(), Status::OK);
  EXPECT_EQ(home[0].acquire_write_slot(0).seq(), 1U);
}

TEST_F(SlotHandleTest, ChecksumsByHand) {
  BlockConfig checked = config();
  checked.checksum_algorithm = ChecksumAlgorithm::xxh3;
  checked.checksum_policy = ChecksumPolicy::manual;
  create(checked);
  auto producer = open_producer();
  auto consumer = open_consumer();
  SlotWriteHandle slot = producer.acquire_write_slot(0);
  ASSERT_EQ(slot.write(bytes_of("abc")), Status::OK);
  ASSERT_EQ(slot.update_checksum(), Status::OK);
  const auto bytes = slot.buffer_span();
  ASSERT_EQ(slot.commit(), Status::OK);
  SlotConsumeHandle message = consumer.acquire_consume_slot(0);
  EXPECT_EQ(message.verify_checksum(), ChecksumVerdict::matches);
  bytes[1] ^= std::byte{4};
  EXPECT_EQ(message.verify_checksum(), ChecksumVerdict::differs);
}

TEST_F(SlotHandleTest, RunsOfSlotsAreThereForThoseWhoWantThem) {
  create(config());
  auto producer = open_producer();
  auto consumer = open_consumer();
  ASSERT_EQ(producer->acquire_run(3, 0), Status::OK);
  ASSERT_EQ(producer->run().size(), 3U);
  const std::uint64_t lengths[] = {0, 0};
  std::size_t published = 0;
  EXPECT_EQ(producer.acquire_write_slot(0).status(), Status::NESTED_USE);
  ASSERT_EQ(producer->commit_run(lengths, 0, published), Status::OK);
  EXPECT_EQ(published, 2U);
  EXPECT_EQ(raw().tombstones(), 1U);
  EXPECT_EQ(receive(consumer), "");
  EXPECT_EQ(receive(consumer), "");
  EXPECT_EQ(receive(consumer, 0), "<TIMEOUT>");
}

}  // namespace
}  // namespace datablock

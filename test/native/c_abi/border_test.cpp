// What crosses the border of the interface: results and sentences, structs of callers of other ages, no
// exceptions, forks.
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstdlib>
#include <set>
#include <thread>

#include "c_abi/structs.hpp"
#include "c_abi/support_c.hpp"

namespace datablock::c_abi {

/// A struct that was `struct_size` and `old` when it came, and has grown.
struct Grown {
  std::uint32_t struct_size;
  std::uint32_t old;
  std::uint64_t added;
};
template <>
inline constexpr std::uint32_t kFirstSize<Grown> = 8;

}  // namespace datablock::c_abi

namespace datablock {
namespace {

using testing::CBlockTest;
using testing::ChildProcess;
using testing::kBlock;
using testing::Line;

class CBorderTest : public CBlockTest {};

TEST_F(CBorderTest, EveryCodeOfTheCatalogueHasItsTexts) {
  std::set<datablock_result> codes;
  for (std::size_t i = 0; datablock_error_at(i) != DATABLOCK_OK; ++i) {
    const datablock_result code = datablock_error_at(i);
    EXPECT_LT(code, 0);
    EXPECT_TRUE(codes.insert(code).second);
    EXPECT_STRNE(datablock_error_string(code), "");
    EXPECT_STRNE(datablock_error_advice(code), "");
    EXPECT_GE(datablock_error_exit_code(code), 0);
  }
  EXPECT_EQ(codes.size(), error_catalogue().size());
  EXPECT_STREQ(datablock_error_name(DATABLOCK_ERROR_TIMEOUT), "TIMEOUT");
  EXPECT_EQ(datablock_error_exit_code(DATABLOCK_ERROR_TIMEOUT), 75);
  EXPECT_STREQ(datablock_error_name(DATABLOCK_OK), "OK");
  for (const datablock_result none : {1, -1, 12345, INT32_MIN, INT32_MAX}) {
    EXPECT_STREQ(datablock_error_name(none), "INTERNAL");
  }
  EXPECT_EQ(datablock_abi_version(), std::uint32_t{DATABLOCK_ABI_VERSION});
}

TEST_F(CBorderTest, TheLastFailureIsToldInASentenceWithItsContextAndByThread) {
  std::thread([] {
    EXPECT_STREQ(datablock_last_error_detail(), "");
    EXPECT_EQ(datablock_last_error(), DATABLOCK_OK);
  }).join();
  create(config());
  const auto reader = consumer();
  EXPECT_EQ(take(reader, 0), "<TIMEOUT>");
  const std::string detail = datablock_last_error_detail();
  EXPECT_EQ(detail, std::string(datablock_error_string(DATABLOCK_ERROR_TIMEOUT)) +
                        " [datablock_consumer_read, block block]");
  datablock_consumer_heartbeat(reader.get());  // a call that succeeds leaves it alone
  EXPECT_EQ(detail, datablock_last_error_detail());
  EXPECT_EQ(datablock_last_error(), DATABLOCK_ERROR_TIMEOUT);
  std::thread([] { EXPECT_STREQ(datablock_last_error_detail(), ""); }).join();

  datablock_observer* handle = nullptr;
  EXPECT_RESULT(datablock_observer_open("none", c_dir(), &handle), DATABLOCK_ERROR_NO_SUCH_BLOCK);
  EXPECT_NE(std::string(datablock_last_error_detail()).find(dir() + "/none"), std::string::npos);
  // A name far beyond any buffer.
  const std::string long_name(100'000, 'x');
  EXPECT_RESULT(datablock_observer_open(long_name.c_str(), c_dir(), &handle), DATABLOCK_ERROR_NAME_INVALID);
  EXPECT_LT(std::strlen(datablock_last_error_detail()), 2000U);
}

TEST_F(CBorderTest, NoHandleIsAnArgumentThatIsNotPossible) {
  std::size_t count = 0;
  EXPECT_RESULT(slot_rw_acquire_write(nullptr, 0, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(slot_rw_commit(nullptr, 0, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(slot_rw_acquire_read(nullptr, 0, nullptr, nullptr), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_observer_plan(nullptr, 0, nullptr, 0, &count), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_RESULT(datablock_recovery_run(nullptr, 0, 0, nullptr, 0, &count), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_is_slot_stuck(nullptr, 0), DATABLOCK_ERROR_INVALID_ARGUMENT);
  datablock_producer_close(nullptr);
  datablock_consumer_close(nullptr);
  datablock_observer_close(nullptr);
  datablock_recovery_close(nullptr);
}

TEST_F(CBorderTest, AnOlderCallerGetsAndGivesWhatItKnows) {
  c_abi::Grown out{.struct_size = 8, .old = 0, .added = 77};
  c_abi::write_out(&out, "out", {.struct_size = 0, .old = 1, .added = 2});
  EXPECT_EQ(out.struct_size, 8U);
  EXPECT_EQ(out.old, 1U);
  EXPECT_EQ(out.added, 77U);  // not its memory
  const c_abi::Grown in{.struct_size = 8, .old = 5, .added = 77};
  EXPECT_EQ(c_abi::read_struct(in, "in").old, 5U);
  EXPECT_EQ(c_abi::read_struct(in, "in").added, 0U);

  // An array whose elements are as small as the caller knows them.
  std::uint32_t array[6] = {8, 0, 0, 0, 0, 0};
  c_abi::OutputArray<c_abi::Grown> elements(reinterpret_cast<c_abi::Grown*>(array), 2, "array");
  elements.write(0, {.struct_size = 0, .old = 10, .added = 1});
  elements.write(1, {.struct_size = 0, .old = 11, .added = 1});
  elements.write(2, {.struct_size = 0, .old = 12, .added = 1});
  EXPECT_EQ(array[1], 10U);
  EXPECT_EQ(array[2], 8U);
  EXPECT_EQ(array[3], 11U);
  EXPECT_EQ(array[4], 0U);
}

TEST_F(CBorderTest, ANewerCallerIsServedUnlessItAsksForMoreThanThereIs) {
  struct {
    datablock_config known;
    std::uint64_t from_the_future;
  } newer{config(), 0};
  newer.known.struct_size = sizeof newer;
  EXPECT_DONE(datablock_segment_create(kBlock, c_dir(), &newer.known));
  newer.from_the_future = 1;
  EXPECT_RESULT(datablock_segment_create("other", c_dir(), &newer.known), DATABLOCK_ERROR_INVALID_ARGUMENT);

  struct {
    datablock_segment_info known;
    std::uint64_t from_the_future;
  } info{DATABLOCK_INIT(datablock_segment_info), 99};
  info.known.struct_size = sizeof info;
  EXPECT_DONE(datablock_segment_info_of(kBlock, c_dir(), &info.known));
  EXPECT_EQ(info.known.slot_count, 4U);
  EXPECT_EQ(info.known.struct_size, sizeof info);
  EXPECT_EQ(info.from_the_future, 99U);
}

/// In a process that can get no more memory.
TEST_F(CBorderTest, NoMemoryIsAResult) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "The sanitizer's own memory cannot be limited.";
#endif
  create(config(200'000));
  ChildProcess child([this](const Line& line) {
    const auto looker = observer();
    std::vector<datablock_slot_diagnosis> all(200'000, DATABLOCK_INIT(datablock_slot_diagnosis));
    std::size_t count = 0;
    const rlimit none{1, 1};
    REQUIRE_IN_CHILD(setrlimit(RLIMIT_AS, &none) == 0);
    static void* volatile rest = nullptr;
    do {  // what the heaps have left
      rest = std::malloc(1 << 14);
    } while (rest != nullptr);
    const datablock_result result =
        datablock_diagnose_all_slots(looker.get(), 0, all.data(), all.size(), &count);
    line.say(static_cast<std::uint64_t>(-result));
    line.say(std::strlen(datablock_last_error_detail()));
  });
  EXPECT_EQ(child.hear(), static_cast<std::uint64_t>(-DATABLOCK_ERROR_NO_MEMORY));
  EXPECT_GT(child.hear(), 20U);
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(CBorderTest, TheChildOfAForkFindsItsHandlesClosedAndMayCloseThem) {
  create(config());
  auto writer = producer();
  auto reader = consumer();
  datablock_slot to = DATABLOCK_INIT(datablock_slot);
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  ChildProcess child([&](const Line& line) {
    line.say(static_cast<std::uint64_t>(-slot_rw_commit(writer.get(), 0, 0)));
    line.say(static_cast<std::uint64_t>(-slot_rw_acquire_read(reader.get(), 0, nullptr, nullptr)));
    line.say(static_cast<std::uint64_t>(-datablock_producer_heartbeat(writer.get())));
    line.say(static_cast<std::uint64_t>(-datablock_consumer_check_in(reader.get())));
    writer.reset();
    reader.reset();
  });
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(child.hear(), static_cast<std::uint64_t>(-DATABLOCK_ERROR_CLOSED));
  }
  EXPECT_EQ(child.wait(), 0);
  EXPECT_DONE(slot_rw_commit(writer.get(), 0, 0));  // the parent's are as they were
  EXPECT_EQ(take(reader), "");
}

}  // namespace
}  // namespace datablock

// Time-outs that the environment says.
#include "core/timeouts.hpp"

#include <datablock/datablock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "core/status.hpp"

namespace datablock {
namespace {

/// Sets a variable for as long as it lives.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  Setting(Setting&&) = delete;
  Setting& operator=(Setting&&) = delete;
  ~Setting() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(TimeoutsTest, DefaultsWaitForEverWhereDataIsConcerned) {
  const Timeouts timeouts = timeouts_from_environment();
  EXPECT_EQ(timeouts.write_ms, -1);
  EXPECT_EQ(timeouts.read_ms, -1);
  EXPECT_EQ(timeouts.standby_ms, 0);
  EXPECT_EQ(timeouts.lock_ms, 10'000);
  EXPECT_EQ(timeouts.kill_ms, 5'000);
  EXPECT_EQ(timeouts.stuck_after_ms, 30'000);
}

TEST(TimeoutsTest, EachVariableSetsItsOwn) {
  const Setting write("DATABLOCK_TIMEOUT_WRITE_MS", "1");
  const Setting read("DATABLOCK_TIMEOUT_READ_MS", "2");
  const Setting standby("DATABLOCK_TIMEOUT_STANDBY_MS", "-1");
  const Setting lock("DATABLOCK_TIMEOUT_LOCK_MS", "0");
  const Setting kill("DATABLOCK_TIMEOUT_KILL_MS", "2147483647");
  const Setting stuck("DATABLOCK_TIMEOUT_STUCK_AFTER_MS", "6");
  const Timeouts timeouts = timeouts_from_environment();
  EXPECT_EQ(timeouts.write_ms, 1);
  EXPECT_EQ(timeouts.read_ms, 2);
  EXPECT_EQ(timeouts.standby_ms, -1);
  EXPECT_EQ(timeouts.lock_ms, 0);
  EXPECT_EQ(timeouts.kill_ms, 2'147'483'647);
  EXPECT_EQ(timeouts.stuck_after_ms, 6);
}

TEST(TimeoutsTest, AnEmptyVariableSaysNothing) {
  const Setting read("DATABLOCK_TIMEOUT_READ_MS", "");
  EXPECT_EQ(timeouts_from_environment().read_ms, -1);
}

TEST(TimeoutsTest, TheCInterfaceTellsThem) {
  const Setting read("DATABLOCK_TIMEOUT_READ_MS", "7");
  datablock_timeouts timeouts{};
  timeouts.struct_size = sizeof timeouts;
  ASSERT_EQ(datablock_get_timeouts(&timeouts), DATABLOCK_OK);
  EXPECT_EQ(timeouts.read_ms, 7);
  EXPECT_EQ(timeouts.write_ms, -1);
  EXPECT_EQ(timeouts.kill_ms, 5'000);
  const Setting wrong("DATABLOCK_TIMEOUT_WRITE_MS", "soon");
  EXPECT_EQ(datablock_get_timeouts(&timeouts), DATABLOCK_ERROR_ENVIRONMENT_INVALID);
  EXPECT_NE(std::string(datablock_last_error_detail()).find("DATABLOCK_TIMEOUT_WRITE_MS"), std::string::npos);
}

class WrongTimeout : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(WrongTimeout, IsRefusedByName) {
  const auto [name, value] = GetParam();
  const Setting wrong(name, value);
  try {
    timeouts_from_environment();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Status::ENVIRONMENT_INVALID);
    EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(All, WrongTimeout,
                         testing::Values(std::pair("DATABLOCK_TIMEOUT_READ_MS", "5s"),
                                         std::pair("DATABLOCK_TIMEOUT_READ_MS", "-2"),
                                         std::pair("DATABLOCK_TIMEOUT_READ_MS", "1.5"),
                                         std::pair("DATABLOCK_TIMEOUT_READ_MS", " 5"),
                                         std::pair("DATABLOCK_TIMEOUT_READ_MS", "2147483648"),
                                         std::pair("DATABLOCK_TIMEOUT_READ_MS", "99999999999999999999"),
                                         std::pair("DATABLOCK_TIMEOUT_KILL_MS", "-1"),
                                         std::pair("DATABLOCK_TIMEOUT_STUCK_AFTER_MS", "-1")));

}  // namespace
}  // namespace datablock

#include "core/timeouts.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/status.hpp"

namespace datablock {
namespace {

/// As the TypeScript API: 2^31 - 1 ms, 24.8 days.
constexpr std::int64_t kLongestMs = 0x7fff'ffff;

struct Variable {
  const char* name;
  std::int64_t Timeouts::*value;
  std::int64_t least;
};

constexpr std::array<Variable, 6> kVariables{{
    {"DATABLOCK_TIMEOUT_WRITE_MS", &Timeouts::write_ms, -1},
    {"DATABLOCK_TIMEOUT_READ_MS", &Timeouts::read_ms, -1},
    {"DATABLOCK_TIMEOUT_STANDBY_MS", &Timeouts::standby_ms, -1},
    {"DATABLOCK_TIMEOUT_LOCK_MS", &Timeouts::lock_ms, -1},
    {"DATABLOCK_TIMEOUT_KILL_MS", &Timeouts::kill_ms, 0},
    {"DATABLOCK_TIMEOUT_STUCK_AFTER_MS", &Timeouts::stuck_after_ms, 0},
}};

std::int64_t parse(const Variable& variable, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < variable.least ||
      value > kLongestMs) {
    throw Error(Status::ENVIRONMENT_INVALID,
                std::string(variable.name) + " is \"" + std::string(text) +
                    "\"; it must be milliseconds, an integer from 0 to 2147483647" +
                    (variable.least < 0 ? ", or -1 to wait for ever." : "."));
  }
  return value;
}

}  // namespace

Timeouts timeouts_from_environment() {
  Timeouts timeouts;
  for (const Variable& variable : kVariables) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): said in the header
    if (const char* text = std::getenv(variable.name); text != nullptr && *text != '\0') {
      timeouts.*variable.value = parse(variable, text);
    }
  }
  return timeouts;
}

}  // namespace datablock

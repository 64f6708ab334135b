#include "support/block_test.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace datablock {

void PrintTo(Status status, std::ostream* out) {
  *out << (status == Status::OK ? "OK" : catalogue_entry(status).name);
}

void PrintTo(SlotWord word, std::ostream* out) {
  constexpr const char* kNames[] = {"FREE",     "WRITING",        "COMMITTED",
                                    "DRAINING", "DRAINING_EMPTY", "QUARANTINED"};
  const auto phase = static_cast<std::size_t>(word.phase());
  *out << (phase < std::size(kNames) ? kNames[phase] : "?") << "(lap " << word.lap() << ", owner "
       << unsigned{word.owner()} << ")";
}

void PrintTo(Verdict verdict, std::ostream* out) {
  constexpr const char* kNames[] = {"ALIVE", "STOPPED", "DEAD", "UNKNOWN"};
  *out << kNames[static_cast<std::size_t>(verdict)];
}

void PrintTo(RecorderAction action, std::ostream* out) {
  constexpr const char* kNames[] = {
      "none",         "reset_slot",       "give_back_slot",  "release_quarantine", "release_hold",
      "release_pin",  "free_participant", "quarantine_slot", "evict_consumer",     "kill_participant",
      "kill_cleaner", "skip_slot",        "release_spinlock"};
  *out << kNames[static_cast<std::size_t>(action)];
}

}  // namespace datablock

namespace datablock::testing {

TemporaryDirectory::TemporaryDirectory() {
  char path[] = "/dev/shm/datablock-test-XXXXXX";
  if (mkdtemp(path) == nullptr) {
    throw std::runtime_error("mkdtemp failed");
  }
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string sensor_schema() {
  return canonical_text({.name = "SensorData",
                         .version = {1, 0, 0},
                         .size = 16,
                         .align = 8,
                         .fields = {{.name = "x", .type = FieldType::f64, .width = 8, .unit = "m"},
                                    {.name = "y", .type = FieldType::f64, .width = 8, .offset = 8}}});
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kLongMs);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

Status thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.status();
  }
  return Status::OK;
}

std::string message_thrown_by(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

RawBlock::RawBlock(const std::string& name, const std::string& dir)
    : file_(open_segment(name, dir, true)), map_(file_, Access::producer, false) {}

BlockConfig BlockTest::config(std::uint64_t slots, ProducerMode mode) {
  BlockConfig config;
  config.slot_count = slots;
  config.slot_size = 64;
  config.producer_mode = mode;
  config.max_participants = 16;
  config.heal_after_ms = 20;
  return config;
}

std::unique_ptr<Producer> BlockTest::producer(ProducerOptions options) const {
  options.dir = dir();
  return std::make_unique<Producer>(kName, options);
}

std::unique_ptr<Consumer> BlockTest::consumer(ConsumerMode mode, StartFrom from) const {
  ConsumerOptions options;
  options.mode = mode;
  options.from = from;
  return consumer(options);
}

std::unique_ptr<Consumer> BlockTest::consumer(ConsumerOptions options) const {
  options.dir = dir();
  return std::make_unique<Consumer>(kName, options);
}

std::string BlockTest::file_bytes() const {
  std::ifstream file(path(), std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::unique_ptr<ZoneUser> BlockTest::zone_user(JoinOptions options) const {
  options.dir = dir();
  return std::make_unique<ZoneUser>(kName, options);
}

std::string BlockTest::violations(bool checksums) const {
  const RawBlock block = raw();
  std::string text;
  for (const Violation& violation : validate(block.file(), block.view(), checksums).violations) {
    text += std::string(violation.rule) + ": " + violation.detail + "\n";
  }
  return text;
}

Status put(Producer& producer, std::string_view text, std::int64_t timeout_ms) {
  if (const Status status = producer.acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  std::memcpy(producer.payload().data(), text.data(), text.size());
  return producer.commit(text.size());
}

void put_numbers(Producer& producer, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t number = from; number < to; ++number) {
    if (const Status status = put(producer, std::to_string(number)); status != Status::OK) {
      throw std::runtime_error(std::string("put: ") + catalogue_entry(status).name);
    }
  }
}

std::string take(Consumer& consumer, std::int64_t timeout_ms) {
  if (const Status status = consumer.acquire(timeout_ms); status != Status::OK) {
    return std::string("<") + catalogue_entry(status).name + ">";
  }
  std::string text = text_of(consumer);
  if (const Status status = consumer.release(); status != Status::OK) {
    return std::string("<") + catalogue_entry(status).name + ">";
  }
  return text;
}

std::string text_of(const Consumer& consumer) {
  const auto payload = consumer.payload();
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

namespace {

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

void fill_pattern(std::span<std::byte> payload, std::uint64_t source, std::uint64_t index) {
  const std::uint64_t words = payload.size() / 8;
  for (std::uint64_t i = 0; i < words; ++i) {
    const std::uint64_t word = i == 0 ? source : i == 1 ? index : mix(source * 1'000'003 + index * 31 + i);
    std::memcpy(payload.data() + 8 * i, &word, 8);
  }
}

PatternRead read_pattern(std::span<const std::byte> payload) {
  PatternRead read;
  const std::uint64_t words = payload.size() / 8;
  if (words < 3) {
    return read;
  }
  std::memcpy(&read.source, payload.data(), 8);
  std::memcpy(&read.index, payload.data() + 8, 8);
  read.whole = true;
  for (std::uint64_t i = 2; i < words; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + 8 * i, 8);
    read.whole &= word == mix(read.source * 1'000'003 + read.index * 31 + i);
  }
  return read;
}

}  // namespace datablock::testing

// Two processes and a block of typed messages: one writes readings in place, the other one reads them where
// they are. Then the block is diagnosed from outside.
//
//     c++ -std=c++20 sensor.cpp $(pkg-config --cflags --libs datablock-cpp) -o sensor && ./sensor
#include <datablock/datablock.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

using namespace datablock;

namespace {

struct Reading {
  std::uint64_t number;
  double celsius;
};

constexpr std::uint64_t kReadings = 1000;
constexpr std::int64_t kWaitMs = 10'000;

void produce(const std::string& block) {
  auto producer = TypedDataBlockProducer<Reading>::open(block);
  for (std::uint64_t number = 0; number < kReadings; ++number) {
    producer.with_write_transaction(kWaitMs, [&](Reading& reading) {
      reading.number = number;
      reading.celsius = 20 + static_cast<double>(number % 10) / 10;
    });
  }
  throw_unless_ok(producer->mark_end(kWaitMs));
}

std::uint64_t consume(TypedDataBlockConsumer<Reading>& consumer) {
  std::uint64_t count = 0;
  double sum = 0;
  try {
    for (;;) {
      sum += consumer.with_read_transaction(kWaitMs, [](const Reading& reading) { return reading.celsius; });
      ++count;
    }
  } catch (const EndOfStreamError&) {
    std::printf("%llu readings, on average %.2f degrees\n", static_cast<unsigned long long>(count),
                sum / static_cast<double>(count));
    return count;
  }
}

int run() {
  const std::string block = "example-cpp-" + std::to_string(getpid());
  BlockConfig config;
  config.slot_count = 64;
  config.slot_size = sizeof(Reading);
  config.checksum_algorithm = ChecksumAlgorithm::xxh3;
  const InstanceId instance = create_segment(block, "", config).header.instance;

  auto consumer = TypedDataBlockConsumer<Reading>::open(block);  // gets what is written from now on
  const pid_t child = fork();
  if (child == 0) {
    produce(block);  // with a participant of its own: the parent's is closed here
    _exit(0);
  }
  const std::uint64_t count = consume(consumer);
  int status = 0;
  waitpid(child, &status, 0);
  consumer->close();

  const SlotDiagnostics diagnostics(block, "");
  const ValidationReport report = IntegrityValidator(block).validate();
  std::printf("%zu participants left, %llu checksums verified, %zu violations\n",
              diagnostics.participants().size(), static_cast<unsigned long long>(report.checksums_verified),
              report.violations.size());
  unlink_segment(block, "", instance, false);
  return status == 0 && count == kReadings && report.violations.empty() ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return catalogue_entry(error.status()).exit_code;
  }
}

// The C++ side of the matrix (README.md).
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

#include "datablock/datablock.hpp"

namespace {

using datablock::Status;

struct Pose {
  float angle;
  std::uint32_t id;
};
DATABLOCK_SCHEMA(Pose, "1.0.0", (angle, "deg"), id);

struct Point {
  double x;
  bool on;
};
DATABLOCK_SCHEMA(Point, "1.0.0", x, on);

struct Reading {
  std::uint64_t n;
  std::int64_t i64;
  std::int8_t i8;
  std::uint16_t u16;
  float f32;
  double f64;
  bool flag;
  char label[12];
  std::byte raw[5];
  std::int16_t values[3];
  Pose pose;
  Point points[2];
};
DATABLOCK_SCHEMA(Reading, "1.2.0", n, i64, i8, u16, f32, (f64, "m"), flag, label, raw, values, pose, points);

namespace other {

/// The same name and version, but u16 is signed.
struct Reading {
  std::uint64_t n;
  std::int64_t i64;
  std::int8_t i8;
  std::int16_t u16;
  float f32;
  double f64;
  bool flag;
  char label[12];
  std::byte raw[5];
  std::int16_t values[3];
  Pose pose;
  Point points[2];
};
DATABLOCK_SCHEMA(Reading, "1.2.0", n, i64, i8, u16, f32, (f64, "m"), flag, label, raw, values, pose, points);

}  // namespace other

constexpr std::uint64_t kSlots = 64;
constexpr std::int64_t kTimeoutMs = 30'000;

[[noreturn]] void end(int code, const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(code);
}

template <class Reading>
void fill(Reading& reading, std::uint64_t n) {
  reading = {};
  reading.n = n;
  reading.i64 = n % 2 == 0 ? static_cast<std::int64_t>(n) : -static_cast<std::int64_t>(n);
  reading.i8 = static_cast<std::int8_t>(static_cast<int>(n % 256) - 128);
  reading.u16 = static_cast<decltype(reading.u16)>(n * 7);
  reading.f32 = static_cast<float>(n) / 4;
  reading.f64 = static_cast<double>(n) * 0.5 - 1000;
  reading.flag = n % 3 == 0;
  const std::string label = "ü" + std::to_string(n);
  std::memcpy(reading.label, label.data(), label.size());
  for (std::size_t k = 0; k < 5; ++k) {
    reading.raw[k] = static_cast<std::byte>(n * 7 + k);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    reading.values[k] = static_cast<std::int16_t>(static_cast<int>((n * 31 + k * 1000) % 65536) - 32768);
  }
  reading.pose = {static_cast<float>(n % 360) * 0.25F, UINT32_MAX - static_cast<std::uint32_t>(n)};
  for (std::size_t k = 0; k < 2; ++k) {
    reading.points[k].x = static_cast<double>(n) + static_cast<double>(k) * 0.5;
    reading.points[k].on = (n + k) % 2 == 1;
  }
}

/// Field by field: padding is nobody's.
template <class Reading>
bool is_same(const Reading& a, const Reading& b) {
  const auto same_point = [](const Point& p, const Point& q) { return p.x == q.x && p.on == q.on; };
  return a.n == b.n && a.i64 == b.i64 && a.i8 == b.i8 && a.u16 == b.u16 && a.f32 == b.f32 && a.f64 == b.f64 &&
         a.flag == b.flag && std::memcmp(a.label, b.label, sizeof a.label) == 0 &&
         std::memcmp(a.raw, b.raw, sizeof a.raw) == 0 &&
         std::memcmp(a.values, b.values, sizeof a.values) == 0 && a.pose.angle == b.pose.angle &&
         a.pose.id == b.pose.id && same_point(a.points[0], b.points[0]) &&
         same_point(a.points[1], b.points[1]);
}

void create(const std::string& name, const std::string& checksum) {
  datablock::BlockConfig config;
  config.slot_count = kSlots;
  config.slot_size = sizeof(Reading);
  config.checksum_algorithm =
      checksum == "xxh3" ? datablock::ChecksumAlgorithm::xxh3 : datablock::ChecksumAlgorithm::blake2b;
  config.schema = datablock::schema_text<Reading>();
  datablock::create_segment(name, {}, config);
}

template <class Reading>
void produce(const std::string& name, std::uint64_t count) {
  auto producer = datablock::TypedDataBlockProducer<Reading>::open(name);
  for (std::uint64_t n = 0; n < count; ++n) {
    producer.with_write_transaction(kTimeoutMs, [&](Reading& reading) { fill(reading, n); });
  }
  datablock::throw_unless_ok(producer->mark_end(kTimeoutMs));
}

template <class Reading>
void consume(const std::string& name, const std::string& start) {
  datablock::ConsumerOptions options;
  options.from = start == "oldest" ? datablock::StartFrom::oldest : datablock::StartFrom::latest;
  auto consumer = datablock::TypedDataBlockConsumer<Reading>::open(name, options);
  std::printf("attached\n");
  std::fflush(stdout);
  std::uint64_t count = 0;
  std::uint64_t damaged = 0;
  for (;;) {
    try {
      consumer.with_read_transaction(kTimeoutMs, [&](const Reading& reading) {
        Reading expected;
        fill(expected, count + damaged);
        if (!is_same(reading, expected)) {
          end(1, "record " + std::to_string(count + damaged) + " is not what it must be");
        }
      });
      ++count;
    } catch (const datablock::EndOfStreamError&) {
      break;
    } catch (const datablock::Error& error) {
      if (error.status() != Status::CHECKSUM_MISMATCH) {
        throw;
      }
      ++damaged;
    }
  }
  std::printf(R"({"count":%)" PRIu64 R"(,"damaged":%)" PRIu64 R"(,"lost":%)" PRIu64 "}\n", count, damaged,
              consumer->lost());
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  try {
    if (argc == 4 && std::string(arguments[1]) == "create") {
      create(arguments[2], arguments[3]);
    } else if (argc == 5 && std::string(arguments[1]) == "produce") {
      const auto play = std::string(arguments[4]) == "other" ? produce<other::Reading> : produce<Reading>;
      play(arguments[2], std::stoull(arguments[3]));
    } else if (argc == 5 && std::string(arguments[1]) == "consume") {
      const auto play = std::string(arguments[4]) == "other" ? consume<other::Reading> : consume<Reading>;
      play(arguments[2], arguments[3]);
    } else {
      end(2, "create NAME CHECKSUM | produce NAME COUNT SCHEMA | consume NAME START SCHEMA");
    }
  } catch (const datablock::Error& error) {
    end(3, datablock::catalogue_entry(error.status()).name);
  }
}

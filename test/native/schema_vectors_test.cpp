// The vectors that all languages share (test/vectors/schema): the core reads and hashes them as the others
// do, and the compiler places the members of such structs where the descriptions say.
#include <algorithm>
#include <string_view>

#include "core/hex.hpp"
#include "datablock/schema.hpp"
#include "support/block_test.hpp"

namespace {

struct RecordVector {
  const char* about;
  std::string_view canonical;
  std::string_view hash;
  std::string_view id;
  friend void PrintTo(const RecordVector& self, std::ostream* out) { *out << self.about; }
};

struct TextVector {
  const char* about;
  std::string_view text;
};

struct DifferenceVector {
  const char* about;
  std::string_view block;
  std::string_view asked;
  struct Row {
    std::string_view text;
    bool is_compatible;
  };
  std::vector<Row> rows;
};

#include "schema_vectors.inc"

}  // namespace

// ---------------------------------------------------------------------------------------------- the records,
// in C++

namespace vectors {

struct One {
  std::int32_t x;
};
DATABLOCK_SCHEMA(One, "1.0.0", x);

struct SensorData {
  std::uint64_t timestamp;
  double x;
  double y;
  double z;
};
DATABLOCK_SCHEMA(SensorData, "1.0.0", (timestamp, "ns"), (x, "m"), (y, "m"), (z, "m"));

struct Inner {
  std::uint8_t x;
};
DATABLOCK_SCHEMA(Inner, "1.0.0", x);
struct Everything {
  std::int8_t f0;
  std::int16_t f1;
  std::int32_t f2;
  std::int64_t f3;
  std::uint8_t f4;
  std::uint16_t f5;
  std::uint32_t f6;
  std::uint64_t f7;
  float f8;
  double f9;
  bool f10;
  char f11[5];
  std::byte f12[3];
  Inner s;
};
DATABLOCK_SCHEMA(Everything, "1.0.0", f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, s);

struct Padded {
  std::uint8_t a;
  std::uint16_t b;
  std::uint8_t c;
  std::uint32_t d;
  std::uint8_t e;
  std::uint64_t f;
};
DATABLOCK_SCHEMA(Padded, "1.0.0", a, b, c, d, e, f);

struct Tail {
  double a;
  std::uint8_t b;
};
DATABLOCK_SCHEMA(Tail, "1.0.0", a, b);

struct Arrays {
  std::int16_t samples[3];
  std::array<double, 2> gains;
  bool mask[7];
};
DATABLOCK_SCHEMA(Arrays, "1.0.0", samples, gains, mask);

struct Texts {
  char label[16];
  char names[4][8];
  std::byte digest[32];
  std::array<std::array<std::byte, 6>, 2> macs;
  char letter;
};
DATABLOCK_SCHEMA(Texts, "1.0.0", label, names, digest, macs, letter);

struct Pose {
  float x;
  double angle;
};
DATABLOCK_SCHEMA(Pose, "1.0.0", (x, "m"), (angle, "rad"));
struct Nested {
  std::uint8_t id;
  Pose pose;
  std::uint8_t end;
};
DATABLOCK_SCHEMA(Nested, "1.0.0", id, pose, end);

struct Joint {
  float torque;
  std::int16_t history[3];
  char name[6];
};
DATABLOCK_SCHEMA(Joint, "1.0.0", (torque, "N·m"), history, name);
struct Robot {
  Joint joints[6];
  std::uint32_t count;
};
DATABLOCK_SCHEMA(Robot, "1.0.0", joints, count);

struct __attribute__((packed)) Packed {
  std::uint8_t kind;
  double value;
  std::uint16_t sum;
};
DATABLOCK_SCHEMA(Packed, "1.0.0", kind, value, sum);

struct __attribute__((packed)) PackedArray {
  std::uint8_t kind;
  double values[3];
  std::uint64_t ids[2];
};
DATABLOCK_SCHEMA(PackedArray, "1.0.0", kind, values, ids);

struct __attribute__((packed)) Raw {
  std::uint8_t a;
  std::uint32_t b;
};
DATABLOCK_SCHEMA(Raw, "1.0.0", a, b);
struct PackedWithin {
  std::uint32_t id;
  Raw raw;
  double value;
};
DATABLOCK_SCHEMA(PackedWithin, "1.0.0", id, raw, value);

struct Plain {
  std::uint8_t a;
  std::uint32_t b;
};
DATABLOCK_SCHEMA(Plain, "1.0.0", a, b);
struct __attribute__((packed)) WithinPacked {
  std::uint8_t id;
  Plain pose;
  double value;
};
DATABLOCK_SCHEMA(WithinPacked, "1.0.0", id, pose, value);

struct alignas(64) CacheLine {
  std::uint32_t x;
  std::uint32_t y;
};
DATABLOCK_SCHEMA(CacheLine, "1.0.0", x, y);

struct alignas(4096) Page {
  std::uint8_t x;
};
DATABLOCK_SCHEMA(Page, "1.0.0", x);

struct __attribute__((packed, aligned(2))) PackedAligned {
  std::uint8_t a;
  std::uint32_t b;
};
DATABLOCK_SCHEMA(PackedAligned, "1.0.0", a, b);

struct alignas(32) Line {
  std::uint8_t x;
};
DATABLOCK_SCHEMA(Line, "1.0.0", x);
struct AlignedWithin {
  std::uint8_t id;
  Line line;
  std::uint8_t end;
};
DATABLOCK_SCHEMA(AlignedWithin, "1.0.0", id, line, end);

struct Escapes {
  float a, b, c, d, e;
};
DATABLOCK_SCHEMA(Escapes, "1.0.0", (a, "\""), (b, "\\"), (c, "\\\"\\u00b5"), (d, "m / s"),
                 (e, "\u0080\u2028"));

}  // namespace vectors

namespace datablock {
namespace {

class SchemaVector : public ::testing::TestWithParam<RecordVector> {};

TEST_P(SchemaVector, IsReadWrittenAndHashedAsByTheOthers) {
  const RecordVector& vector = GetParam();
  EXPECT_EQ(canonical_text(parse_schema(vector.canonical)), vector.canonical);
  const SchemaHash hash = schema_hash(vector.canonical);
  EXPECT_EQ(to_hex(hash), vector.hash);
  EXPECT_EQ(short_schema_id(hash), vector.id);
}

INSTANTIATE_TEST_SUITE_P(Of, SchemaVector, ::testing::ValuesIn(kRecords));

template <class T>
void expect_vector(std::string_view about) {
  const auto* const vector = std::find_if(std::begin(kRecords), std::end(kRecords),
                                          [about](const RecordVector& row) { return row.about == about; });
  ASSERT_NE(vector, std::end(kRecords)) << about;
  EXPECT_EQ(schema_text<T>(), vector->canonical) << about;
}

TEST(SchemaVectors, AreWhatTheCompilerMakesOfSuchStructs) {
  expect_vector<vectors::One>("one number");
  expect_vector<vectors::SensorData>("units");
  expect_vector<vectors::Everything>("every type");
  expect_vector<vectors::Padded>("padding between fields, as a C compiler makes it");
  expect_vector<vectors::Tail>("padding at the end");
  expect_vector<vectors::Arrays>("arrays of numbers");
  expect_vector<vectors::Texts>("texts and bytes, one and many");
  expect_vector<vectors::Nested>("a struct within the record");
  expect_vector<vectors::Robot>("an array of structs with arrays");
  expect_vector<vectors::Packed>("packed");
  expect_vector<vectors::PackedArray>("packed, with an array at an odd offset");
  expect_vector<vectors::PackedWithin>("a packed struct within one that is not");
  expect_vector<vectors::WithinPacked>("a struct that is not within a packed one");
  expect_vector<vectors::CacheLine>("aligned to a cache line");
  expect_vector<vectors::Page>("aligned to a page");
  expect_vector<vectors::PackedAligned>("packed and aligned");
  expect_vector<vectors::AlignedWithin>("a struct aligned more than its fields");
  expect_vector<vectors::Escapes>("units with a quote, a backslash, a slash, a space");
}

TEST(SchemaVectors, ThatMustBeRefusedAre) {
  for (const TextVector& vector : kRefused) {
    EXPECT_EQ(testing::thrown_by([&] { parse_schema(vector.text); }), Status::SCHEMA_INVALID) << vector.about;
  }
}

TEST(SchemaVectors, ThatDifferDoSoAsTheOthersSay) {
  for (const DifferenceVector& vector : kDifferences) {
    const auto found = schema_differences(parse_schema(vector.block), parse_schema(vector.asked));
    ASSERT_EQ(found.size(), vector.rows.size()) << vector.about;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].text, vector.rows[i].text);
      EXPECT_EQ(found[i].is_compatible, vector.rows[i].is_compatible) << found[i].text;
    }
  }
}

}  // namespace
}  // namespace datablock

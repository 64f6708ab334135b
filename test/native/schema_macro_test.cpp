// What DATABLOCK_SCHEMA makes of structs. That it refuses others to compile: test/native/compile_fail.
#include "datablock/schema.hpp"

#include "support/block_test.hpp"

namespace acme {

enum class Mode : std::uint16_t { idle, busy };

struct Pose {
  float x;
  float y;
};
DATABLOCK_SCHEMA(Pose, "1.0.0", (x, "m"), (y, "m"));

struct SensorData {
  std::uint64_t timestamp;
  double value;
  std::array<Pose, 2> poses;
  char label[10];
  Mode mode;
  bool valid;
};
DATABLOCK_SCHEMA(SensorData, "1.2.3", (timestamp, "ns"), value, poses, label, mode, valid);

struct Everything {
  std::int8_t i8;
  std::uint8_t u8;
  std::int16_t i16;
  std::uint16_t u16;
  std::int32_t i32;
  std::uint32_t u32;
  std::int64_t i64;
  std::uint64_t u64;
  float f32;
  double f64;
  bool flag;
  char letter;
  std::byte raw[3];
  long long other_i64;
  unsigned long other_u64;
  char texts[2][4];
  float matrix[2][3];
  std::array<std::array<std::int16_t, 4>, 2> grid;
  const std::int32_t constant = 1;
};
DATABLOCK_SCHEMA(Everything, "0.1.0", i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, flag, letter, raw,
                 other_i64, other_u64, texts, matrix, grid, constant);

struct __attribute__((packed)) Packed {
  std::uint8_t kind;
  double value;
  std::uint16_t checksum;
};
DATABLOCK_SCHEMA(Packed, "1.0.0", kind, value, checksum);

struct alignas(64) Aligned {
  std::int32_t first;
  alignas(32) std::int32_t second;
};
DATABLOCK_SCHEMA(Aligned, "1.0.0", first, second);

struct One {
  std::int32_t only;
};
DATABLOCK_SCHEMA(One, "65535.0.1", only);

struct Forty {
  std::uint8_t a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3,
      c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
};
DATABLOCK_SCHEMA(Forty, "1.0.0", a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8,
                 b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9);

}  // namespace acme

namespace datablock {
namespace {

static_assert(Record<acme::SensorData>);
static_assert(!Record<int>);

TEST(SchemaMacro, DescribesAStruct) {
  EXPECT_EQ(
      schema_text<acme::SensorData>(),
      R"({"dialect":1,"name":"SensorData","version":"1.2.3","size":48,"align":8,"endian":"little","fields":[)"
      R"({"name":"timestamp","type":"u64","offset":0,"unit":"ns"},{"name":"value","type":"f64","offset":8},)"
      R"({"name":"poses","type":"struct","count":2,"offset":16,"size":8,"align":4,"fields":[)"
      R"({"name":"x","type":"f32","offset":0,"unit":"m"},{"name":"y","type":"f32","offset":4,"unit":"m"}]},)"
      R"({"name":"label","type":"char[10]","offset":32},{"name":"mode","type":"u16","offset":42},)"
      R"({"name":"valid","type":"bool","offset":44}]})");
}

TEST(SchemaMacro, KnowsEveryType) {
  std::vector<std::string> types;
  for (const SchemaField& field : schema_of<acme::Everything>().fields) {
    types.push_back(to_string(field) + (field.count ? "x" + std::to_string(*field.count) : ""));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32",
                                             "f64", "bool", "char[1]", "bytes[3]", "i64", "u64", "char[4]x2",
                                             "f32x6", "i16x8", "i32"}));
}

TEST(SchemaMacro, TakesOffsetsFromTheCompiler) {
  const Schema& packed = schema_of<acme::Packed>();
  EXPECT_EQ(packed.size, 11U);
  EXPECT_EQ(packed.align, 1U);
  EXPECT_EQ(packed.fields[1].offset, 1U);
  EXPECT_EQ(packed.fields[2].offset, 9U);
  const Schema& aligned = schema_of<acme::Aligned>();
  EXPECT_EQ(aligned.align, 64U);
  EXPECT_EQ(aligned.fields[1].offset, 32U);
}

TEST(SchemaMacro, TakesOneMemberOrForty) {
  EXPECT_EQ(schema_of<acme::One>().version, (SchemaVersion{65535, 0, 1}));
  EXPECT_EQ(schema_of<acme::Forty>().fields.size(), 40U);
}

class TypedBlock : public testing::BlockTest {};

TEST_F(TypedBlock, CarriesRecordsWhoseSchemaBothSidesCompared) {
  BlockConfig wanted = config();
  wanted.slot_size = sizeof(acme::SensorData);
  wanted.schema = schema_text<acme::SensorData>();
  create(wanted);
  ProducerOptions producing;
  producing.schema = schema_text<acme::SensorData>();
  const auto writer = producer(producing);
  ConsumerOptions consuming;
  consuming.schema = schema_text<acme::SensorData>();
  const auto reader = consumer(consuming);

  ASSERT_EQ(writer->acquire(testing::kLongMs), Status::OK);
  auto* record = new (writer->payload().data()) acme::SensorData{};
  record->value = 2.5;
  record->mode = acme::Mode::busy;
  ASSERT_EQ(writer->commit(sizeof *record), Status::OK);
  ASSERT_EQ(reader->acquire(testing::kLongMs), Status::OK);
  const auto* read = reinterpret_cast<const acme::SensorData*>(reader->payload().data());
  EXPECT_EQ(read->value, 2.5);
  EXPECT_EQ(read->mode, acme::Mode::busy);
  reader->release();

  consuming.schema = schema_text<acme::Packed>();
  EXPECT_THROW(consumer(consuming), SchemaValidationError);
}

}  // namespace
}  // namespace datablock

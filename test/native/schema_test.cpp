// The canonical text, what is refused as one, and what is said of two that differ.
#include "core/schema.hpp"

#include <unistd.h>

#include "core/snapshot_file.hpp"
#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::message_thrown_by;
using testing::RawBlock;
using testing::sensor_schema;
using testing::thrown_by;

SchemaField scalar(const std::string& name, FieldType type, std::uint64_t width, std::uint64_t offset) {
  return {.name = name, .type = type, .width = width, .offset = offset};
}

Schema pair_of_floats() {
  return {.name = "Pair",
          .version = {1, 2, 3},
          .size = 8,
          .align = 4,
          .fields = {scalar("a", FieldType::f32, 4, 0), scalar("b", FieldType::f32, 4, 4)}};
}

/// The text with `from` replaced by `to`, once.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// ---------------------------------------------------------------------------------------------- text

TEST(SchemaText, IsWrittenWithoutWhiteSpaceInAFixedOrder) {
  EXPECT_EQ(canonical_text(pair_of_floats()),
            R"({"dialect":1,"name":"Pair","version":"1.2.3","size":8,"align":4,"endian":"little","fields":[)"
            R"({"name":"a","type":"f32","offset":0},{"name":"b","type":"f32","offset":4}]})");
}

TEST(SchemaText, IsReadBackAsItWas) {
  Schema schema = pair_of_floats();
  schema.size = 64;
  schema.align = 16;
  SchemaField inner{.name = "inner", .type = FieldType::record, .width = 12, .count = 3, .offset = 8};
  inner.align = 4;
  inner.fields = {scalar("flag", FieldType::boolean, 1, 0), scalar("id", FieldType::chars, 5, 1)};
  schema.fields.push_back(inner);
  schema.fields.push_back(
      {.name = "raw", .type = FieldType::bytes, .width = 7, .count = 2, .offset = 44, .unit = "\"\\µ"});
  EXPECT_EQ(parse_schema(canonical_text(schema)), schema);
}

TEST(SchemaText, OfAnyOtherFormIsRefusedWithTheByte) {
  const std::string good = sensor_schema();
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(thrown_by([&] { parse_schema(good.substr(0, i)); }), Status::SCHEMA_INVALID) << i;
    const std::string spaced = good.substr(0, i) + " " + good.substr(i);
    const bool within_unit = good.substr(0, i).ends_with("\"unit\":\"") || good.substr(0, i).ends_with("\"m");
    EXPECT_EQ(thrown_by([&] { parse_schema(spaced); }), within_unit ? Status::OK : Status::SCHEMA_INVALID)
        << spaced;
  }
  EXPECT_EQ(thrown_by([&] { parse_schema(good + "\n"); }), Status::SCHEMA_INVALID);
  EXPECT_NE(message_thrown_by([&] {
              parse_schema(changed(good, "\"size\":16", "\"size\":016"));
            }).find("at byte 58"),
            std::string::npos);
}

TEST(SchemaText, LongerThanTheHeaderHasRoomForIsRefused) {
  Schema schema{.name = "Long", .size = 2000, .fields = {}};
  for (std::uint64_t i = 0; i < 1500; ++i) {
    schema.fields.push_back(scalar("field_" + std::to_string(i), FieldType::u8, 1, i));
  }
  EXPECT_EQ(thrown_by([&] { canonical_text(schema); }), Status::SCHEMA_INVALID);
  schema.fields.resize(1000);
  EXPECT_EQ(parse_schema(canonical_text(schema)), schema);
}

TEST(SchemaText, NestedWithoutEndIsRefusedWithoutUsingUpTheStack) {
  std::string text = sensor_schema();
  text.resize(text.find("{\"name\":\"x\""));
  for (int i = 0; i < 700; ++i) {
    text += R"({"name":"s","type":"struct","offset":0,"size":16,"align":8,"fields":[)";
  }
  EXPECT_NE(message_thrown_by([&] { parse_schema(text); }).find("nested more than 16 deep"),
            std::string::npos);
}

TEST(SchemaText, MayBeNestedSixteenDeep) {
  SchemaField field = scalar("leaf", FieldType::u8, 1, 0);
  for (unsigned depth = 1; depth < kMaxSchemaDepth; ++depth) {
    SchemaField outer{.name = "s", .type = FieldType::record, .width = 1};
    outer.fields = {field};
    field = outer;
  }
  Schema schema{.name = "Deep", .size = 1, .fields = {field}};
  EXPECT_EQ(parse_schema(canonical_text(schema)), schema);
  SchemaField outer{.name = "s", .type = FieldType::record, .width = 1};
  outer.fields = {field};
  schema.fields = {outer};
  EXPECT_EQ(thrown_by([&] { canonical_text(schema); }), Status::SCHEMA_INVALID);
}

// ---------------------------------------------------------------------------------------------- rules

struct RuleCase {
  const char* name;
  const char* said;  ///< part of the message
  std::function<void(Schema&)> break_it;
  friend void PrintTo(const RuleCase& self, std::ostream* out) { *out << self.name; }
};

class SchemaRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(SchemaRule, IsNamedWhenItIsBroken) {
  Schema schema = pair_of_floats();
  GetParam().break_it(schema);
  EXPECT_EQ(thrown_by([&] { canonical_text(schema); }), Status::SCHEMA_INVALID);
  EXPECT_NE(message_thrown_by([&] { canonical_text(schema); }).find(GetParam().said), std::string::npos)
      << message_thrown_by([&] { canonical_text(schema); });
}

const RuleCase kRules[] = {
    {"NoName", "its name", [](Schema& s) { s.name = ""; }},
    {"NameWithSpace", "its name", [](Schema& s) { s.name = "a b"; }},
    {"NameThatBeginsWithADigit", "its name", [](Schema& s) { s.name = "1a"; }},
    {"NameThatEndsWithADot", "its name", [](Schema& s) { s.name = "a."; }},
    {"NameTooLong", "its name", [](Schema& s) { s.name = std::string(64, 'x'); }},
    {"NoSize", "size of the record", [](Schema& s) { s.size = 0; }},
    {"SizeNoMultipleOfTheAlignment", "size of the record", [](Schema& s) { s.size = 10; }},
    {"OddAlignment", "alignment of the record", [](Schema& s) { s.align = 3; }},
    {"NoAlignment", "alignment of the record", [](Schema& s) { s.align = 0; }},
    {"AlignmentOfMoreThanAPage", "alignment of the record",
     [](Schema& s) {
       s.align = 8192;
       s.size = 8192;
     }},
    {"NoFields", "has no fields", [](Schema& s) { s.fields.clear(); }},
    {"FieldWithoutName", "field's name", [](Schema& s) { s.fields[0].name = ""; }},
    {"FieldNameWithQuote", "field's name", [](Schema& s) { s.fields[0].name = "a\""; }},
    {"TwoOfOneName", "field a is there twice", [](Schema& s) { s.fields[1].name = "a"; }},
    {"Overlap", "field b begins before", [](Schema& s) { s.fields[1].offset = 3; }},
    {"OutOfOrder", "field b begins before", [](Schema& s) { s.fields[0].offset = 4; }},
    {"BeyondTheEnd", "field b ends after", [](Schema& s) { s.fields[1].offset = 5; }},
    {"FarBeyondTheEnd", "field b ends after", [](Schema& s) { s.fields[1].offset = ~std::uint64_t{0} - 1; }},
    {"WrongWidth", "field a has an impossible width", [](Schema& s) { s.fields[0].width = 8; }},
    {"NoElements", "field a has no elements", [](Schema& s) { s.fields[0].count = 0; }},
    {"SizeThatOverflows", "field a has no elements, or too many",
     [](Schema& s) { s.fields[0].count = std::uint64_t{1} << 62; }},
    {"UnitWithNewline", "unit of field a", [](Schema& s) { s.fields[0].unit = "m\n"; }},
    {"UnitThatIsNoUtf8", "unit of field a", [](Schema& s) { s.fields[0].unit = "\xb5m"; }},
    {"UnitWithSurrogate", "unit of field a", [](Schema& s) { s.fields[0].unit = "\xed\xa0\x80"; }},
    {"UnitInOverlongForm", "unit of field a", [](Schema& s) { s.fields[0].unit = "\xc0\xaf"; }},
    {"UnitCutShort", "unit of field a", [](Schema& s) { s.fields[0].unit = "\xe2\x82"; }},
    {"UnitBeyondUnicode", "unit of field a", [](Schema& s) { s.fields[0].unit = "\xf4\x90\x80\x80"; }},
    {"UnitTooLong", "unit of field a", [](Schema& s) { s.fields[0].unit = std::string(65, 'm'); }},
    {"TextWithoutLength", "impossible width",
     [](Schema& s) {
       s.fields[0].type = FieldType::chars;
       s.fields[0].width = 0;
     }},
    {"ScalarWithFields", "is no struct", [](Schema& s) { s.fields[0].fields = {s.fields[1]}; }},
    {"StructWithoutFields", "a has no fields", [](Schema& s) { s.fields[0].type = FieldType::record; }},
    {"StructWithUnit", "is a struct and has a unit",
     [](Schema& s) {
       s.fields[0].type = FieldType::record;
       s.fields[0].unit = "m";
     }},
    {"FieldOfAStructTwice", "field a.x is there twice",
     [](Schema& s) {
       s.fields[0].type = FieldType::record;
       s.fields[0].fields = {scalar("x", FieldType::u8, 1, 0), scalar("x", FieldType::u8, 1, 1)};
     }},
};
INSTANTIATE_TEST_SUITE_P(Of, SchemaRule, ::testing::ValuesIn(kRules),
                         [](const auto& test) { return std::string(test.param.name); });

// ---------------------------------------------------------------------------------------------- attaching

TEST(RequireSchema, WhoAsksForNoneMaySeeBytes) {
  require_schema(sensor_schema(), "", SchemaMatch::exact);
  require_schema("", "", SchemaMatch::exact);
}

TEST(RequireSchema, OnABlockWithoutOneIsRefusedByNameOfWhatWasAskedFor) {
  EXPECT_EQ(thrown_by([] { require_schema("", sensor_schema(), SchemaMatch::compatible); }),
            Status::NO_SCHEMA);
  const std::string message =
      message_thrown_by([] { require_schema("", sensor_schema(), SchemaMatch::exact); });
  EXPECT_NE(message.find("SensorData 1.0.0 ("), std::string::npos) << message;
}

TEST(RequireSchema, OfATextThatIsNoneIsInvalid) {
  EXPECT_EQ(thrown_by([] { require_schema(sensor_schema(), "{}", SchemaMatch::exact); }),
            Status::SCHEMA_INVALID);
}

struct MatchCase {
  const char* name;
  std::function<void(Schema&)> change;  ///< what the block has, against what was asked for
  const char* difference;
  bool is_compatible;
  friend void PrintTo(const MatchCase& self, std::ostream* out) { *out << self.name; }
};

class SchemaMatching : public ::testing::TestWithParam<MatchCase> {};

TEST_P(SchemaMatching, SaysWhatDiffersAndWhetherAReaderCares) {
  Schema block = pair_of_floats();
  block.size = 16;  // room for what is added
  const Schema asked = block;
  GetParam().change(block);
  const auto differences = schema_differences(block, asked);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].text, GetParam().difference);
  EXPECT_EQ(differences[0].is_compatible, GetParam().is_compatible);

  const std::string block_text = canonical_text(block);
  const std::string asked_text = canonical_text(asked);
  EXPECT_EQ(thrown_by([&] { require_schema(block_text, asked_text, SchemaMatch::exact); }),
            Status::SCHEMA_MISMATCH);
  EXPECT_EQ(thrown_by([&] { require_schema(block_text, asked_text, SchemaMatch::compatible); }),
            GetParam().is_compatible ? Status::OK : Status::SCHEMA_MISMATCH);
  EXPECT_NE(message_thrown_by([&] {
              require_schema(block_text, asked_text, SchemaMatch::exact);
            }).find(GetParam().difference),
            std::string::npos);
}

const MatchCase kMatches[] = {
    {"Patch", [](Schema& s) { s.version.patch = 9; }, "version: is 1.2.9, asked for 1.2.3", true},
    {"OlderMinor", [](Schema& s) { s.version.minor = 1; }, "version: is 1.1.3, asked for 1.2.3", true},
    {"Major", [](Schema& s) { s.version.major = 2; }, "version: is 2.2.3, asked for 1.2.3", false},
    {"Name", [](Schema& s) { s.name = "Other"; }, "name: is Other, asked for Pair", false},
    {"FieldAdded", [](Schema& s) { s.fields.push_back(scalar("c", FieldType::i16, 2, 8)); },
     "field c: is i16 at 8, not asked for", true},
    {"FieldMissing", [](Schema& s) { s.fields.pop_back(); }, "field b: is not there, asked for f32 at 4",
     false},
    {"FieldMoved", [](Schema& s) { s.fields[1].offset = 8; }, "field b: is f32 at 8, asked for f32 at 4",
     false},
    {"FieldOfAnotherType", [](Schema& s) { s.fields[1].type = FieldType::u32; },
     "field b: is u32 at 4, asked for f32 at 4", false},
    {"FieldOfAnotherUnit", [](Schema& s) { s.fields[1].unit = "m/s"; },
     "field b: is f32 at 4 in m/s, asked for f32 at 4", false},
    {"ArrayInsteadOfOne", [](Schema& s) { s.fields[1].count = 1; },
     "field b: is f32[1] at 4, asked for f32 at 4", false},
    {"Grown", [](Schema& s) { s.size = 24; }, "size: is 24, asked for 16", true},
    {"Shrunk", [](Schema& s) { s.size = 8; }, "size: is 8, asked for 16", false},
    {"AlignedMore", [](Schema& s) { s.align = 8; }, "alignment: is 8, asked for 4", true},
    {"AlignedLess", [](Schema& s) { s.align = 2; }, "alignment: is 2, asked for 4", false},
};
INSTANTIATE_TEST_SUITE_P(Of, SchemaMatching, ::testing::ValuesIn(kMatches),
                         [](const auto& test) { return std::string(test.param.name); });

Schema with_struct(std::uint64_t width, std::uint64_t align) {
  SchemaField inner{.name = "pose", .type = FieldType::record, .width = width, .offset = 0};
  inner.align = align;
  inner.fields = {scalar("x", FieldType::f32, 4, 0)};
  return {.name = "Outer", .version = {1, 0, 0}, .size = 16, .align = 8, .fields = {inner}};
}

TEST(SchemaDifferences, LookIntoStructs) {
  Schema block = with_struct(8, 4);
  Schema asked = with_struct(8, 4);
  block.fields[0].fields[0].unit = "m";
  block.fields[0].fields.push_back(scalar("y", FieldType::f32, 4, 4));
  const auto differences = schema_differences(block, asked);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].text, "field pose.x: is f32 at 0 in m, asked for f32 at 0");
  EXPECT_FALSE(differences[0].is_compatible);
  EXPECT_EQ(differences[1].text, "field pose.y: is f32 at 4, not asked for");
  EXPECT_TRUE(differences[1].is_compatible);
}

TEST(SchemaDifferences, OfAStructThatGrewConcernItsReaders) {
  const auto differences = schema_differences(with_struct(16, 8), with_struct(8, 8));
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].text, "size of pose: is 16, asked for 8");
  EXPECT_FALSE(differences[0].is_compatible);
}

TEST(SchemaDifferences, AreNamedInTheMessageTheFirstFewAndInTheErrorAll) {
  Schema block = pair_of_floats();
  Schema asked = block;
  asked.name = "Other";
  asked.version = {3, 0, 0};
  for (SchemaField& field : asked.fields) {
    field.unit = "s";
  }
  asked.size = 16;
  asked.fields.push_back(scalar("c", FieldType::f32, 4, 8));
  try {
    require_schema(canonical_text(block), canonical_text(asked), SchemaMatch::compatible);
    FAIL() << "nothing was thrown";
  } catch (const SchemaValidationError& error) {
    EXPECT_EQ(error.status(), Status::SCHEMA_MISMATCH);
    EXPECT_EQ(error.differences().size(), 6U);
    EXPECT_NE(std::string(error.what()).find("and 2 more."), std::string::npos) << error.what();
  }
}

// ---------------------------------------------------------------------------------------------- in a block

class SchemaInBlock : public testing::BlockTest {
 protected:
  void create_with(const std::string& schema, std::uint64_t slot_size = 64) {
    BlockConfig wanted = config();
    wanted.slot_size = slot_size;
    wanted.schema = schema;
    create(wanted);
  }
};

TEST_F(SchemaInBlock, IsThereWithNameVersionHashAndText) {
  create_with(sensor_schema());
  const SegmentFile file = open_segment(kName, dir(), false);
  EXPECT_EQ(file.schema, sensor_schema());
  EXPECT_STREQ(file.header.schema_name.data(), "SensorData");
  EXPECT_EQ(file.header.schema_version, (std::array<std::uint32_t, 3>{1, 0, 0}));
  EXPECT_EQ(file.header.schema_hash, schema_hash(sensor_schema()));
  EXPECT_EQ(section(file.header, SectionId::schema).offset, kSchemaOffset);
  EXPECT_EQ(section(file.header, SectionId::schema).size, sensor_schema().size());
}

TEST_F(SchemaInBlock, CostsNoSpace) {
  create(config(), "without");
  create_with(sensor_schema());
  EXPECT_EQ(open_segment(kName, dir(), false).header.total_size,
            open_segment("without", dir(), false).header.total_size);
}

TEST_F(SchemaInBlock, OfTheGreatestLengthFits) {
  Schema schema{.name = "Long", .size = 2000, .fields = {}};
  const auto fits = [&] { return thrown_by([&] { canonical_text(schema); }) == Status::OK; };
  for (std::uint64_t i = 0; schema.fields.empty() || fits(); ++i) {
    schema.fields.push_back(scalar("field_" + std::to_string(i), FieldType::u8, 1, i));
  }
  schema.fields.pop_back();
  ASSERT_GT(canonical_text(schema).size(), kMaxSchemaText - 60);
  create_with(canonical_text(schema), 2000);
  EXPECT_EQ(open_segment(kName, dir(), true).schema, canonical_text(schema));
}

TEST_F(SchemaInBlock, NeedsSlotsThatAreLargeEnough) {
  const std::string message = message_thrown_by([&] { create_with(sensor_schema(), 15); });
  EXPECT_NE(message.find("slot size is 15, but a SensorData has 16 bytes"), std::string::npos) << message;
}

TEST_F(SchemaInBlock, ThatIsNoneIsRefusedAtCreation) {
  EXPECT_EQ(thrown_by([&] { create_with("{}"); }), Status::SCHEMA_INVALID);
}

TEST_F(SchemaInBlock, AlignsSlotsForItsRecords) {
  Schema schema{.name = "Aligned", .size = 256, .align = 256, .fields = {scalar("x", FieldType::u8, 1, 0)}};
  create_with(canonical_text(schema), 300);
  const RawBlock block = raw();
  EXPECT_EQ(block.view().stride, 512U);
  for (std::uint64_t slot = 0; slot < block.view().slot_count; ++slot) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.view().slot_payload(slot)) % 256, 0U);
  }
}

TEST_F(SchemaInBlock, IsComparedWhenAProducerJoins) {
  create_with(sensor_schema());
  ProducerOptions options;
  options.schema = sensor_schema();
  EXPECT_NE(producer(options), nullptr);
  options.schema = changed(sensor_schema(), "\"unit\":\"m\"", "\"unit\":\"km\"");
  EXPECT_EQ(thrown_by([&] { producer(options); }), Status::SCHEMA_MISMATCH);
}

TEST_F(SchemaInBlock, MustBeTheProducersOwnToTheLastField) {
  create_with(sensor_schema());
  ProducerOptions options;
  options.schema = changed(sensor_schema(), "1.0.0", "1.0.1");
  options.schema_match = SchemaMatch::compatible;
  EXPECT_EQ(thrown_by([&] { producer(options); }), Status::SCHEMA_MISMATCH);
}

TEST_F(SchemaInBlock, MayBeMoreThanACompatibleReaderKnows) {
  create_with(sensor_schema());
  ConsumerOptions options;
  options.schema =
      canonical_text({.name = "SensorData",
                      .version = {1, 0, 0},
                      .size = 8,
                      .align = 8,
                      .fields = {{.name = "x", .type = FieldType::f64, .width = 8, .unit = "m"}}});
  EXPECT_EQ(thrown_by([&] { consumer(options); }), Status::SCHEMA_MISMATCH);
  options.schema_match = SchemaMatch::compatible;
  EXPECT_NE(consumer(options), nullptr);
}

TEST_F(SchemaInBlock, ARefusedParticipantLeavesNoTrace) {
  create_with(sensor_schema());
  ConsumerOptions options;
  options.schema = changed(sensor_schema(), "SensorData", "OtherData");
  EXPECT_EQ(thrown_by([&] { consumer(options); }), Status::SCHEMA_MISMATCH);
  for (std::uint8_t id = 1; id <= 64; ++id) {
    EXPECT_EQ(raw().entry(id).raw, 0U);
  }
}

TEST_F(SchemaInBlock, IsPartOfWhatOpenOrCreateCompares) {
  create_with(sensor_schema());
  const SegmentFile file = open_segment(kName, dir(), false);
  BlockConfig wished = config();
  wished.slot_size = 64;
  EXPECT_EQ(differences(file.header, file.zones, file.schema, wished),
            std::vector<std::string>{"schema: is SensorData 1.0.0, asked for none"});
  wished.schema = changed(sensor_schema(), "1.0.0", "1.1.0");
  EXPECT_EQ(differences(file.header, file.zones, file.schema, wished),
            std::vector<std::string>{"schema version: is 1.0.0, asked for 1.1.0"});
  wished.schema = sensor_schema();
  EXPECT_TRUE(differences(file.header, file.zones, file.schema, wished).empty());
}

TEST_F(SchemaInBlock, GoesIntoASnapshot) {
  create_with(sensor_schema());
  const std::string copy = dir() + "/copy";
  const Observer looker = observer();
  write_snapshot(looker.file(), looker.view(), copy, false);
  EXPECT_EQ(open_snapshot(copy).schema, sensor_schema());
  unlink(copy.c_str());
}

}  // namespace
}  // namespace datablock

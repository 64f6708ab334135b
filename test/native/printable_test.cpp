#include "core/printable.hpp"

#include "support/block_test.hpp"

namespace datablock::testing {
namespace {

TEST(PrintableTest, LeavesTextAlone) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("sensor 7, Prüfstand \u00a0 測定"), "sensor 7, Prüfstand \u00a0 測定");
}

TEST(PrintableTest, TakesControlCharactersOut) {
  EXPECT_EQ(printable("\x1b[2J\nroot\x7f"), "?[2J?root?");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "2Jb\xc2\x80\xc2\x9f"),
            "a??2Jb????");
}

TEST(PrintableTest, CopesWithHalfACharacter) {
  EXPECT_EQ(printable("\xc2"), "\xc2");
}

using NamesTest = BlockTest;

TEST_F(NamesTest, OfParticipantsAreShownPrintable) {
  create(config());
  ConsumerOptions options;
  options.name = "\x1b[2Jname";
  options.note = "two\nlines";
  const auto reader = consumer(options);
  const auto report = observer().snapshot(0, 0).participants.at(0);
  EXPECT_EQ(report.name, "?[2Jname");
  EXPECT_EQ(report.note, "two?lines");
}

}  // namespace
}  // namespace datablock::testing

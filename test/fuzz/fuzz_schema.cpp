// Any text as a schema: refused, or exactly what writing it again gives; and any two can be compared.
#include <cstdlib>
#include <string_view>

#include "core/schema.hpp"

using namespace datablock;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Two schemas, with a newline between them, since no text of one has any.
  const std::size_t split = text.find('\n');
  try {
    const Schema block = parse_schema(text.substr(0, split));
    if (canonical_text(block) != text.substr(0, split) || !schema_differences(block, block).empty()) {
      std::abort();
    }
    if (split != std::string_view::npos) {
      const Schema asked = parse_schema(text.substr(split + 1));
      if (schema_differences(block, asked).empty() != (block == asked)) {
        std::abort();
      }
      require_schema(text.substr(0, split), text.substr(split + 1), SchemaMatch::compatible);
    }
  } catch (const Error&) {
    // Refused, as it should be.
  }
  return 0;
}

#include "core/schema.hpp"

#include <algorithm>

#include "c_abi/result.hpp"
#include "c_abi/structs.hpp"

using namespace datablock;
using namespace datablock::c_abi;

datablock_result datablock_schema_check(const char* text) {
  return guarded({"datablock_schema_check"}, [&] { parse_schema(text_or_empty(text)); });
}

datablock_result datablock_schema_hash(const char* text, uint8_t* hash) {
  return guarded({"datablock_schema_hash"}, [&] {
    const std::string canonical = text_or_empty(text);
    parse_schema(canonical);
    std::ranges::copy(schema_hash(canonical), &required(hash, "hash"));
  });
}

datablock_result datablock_schema_differences(const char* block, const char* asked,
                                              datablock_schema_visitor visitor, void* user) {
  return guarded({"datablock_schema_differences"}, [&] {
    if (visitor == nullptr) {
      refuse("visitor is NULL.");
    }
    for (const SchemaDifference& difference :
         schema_differences(parse_schema(text_or_empty(block)), parse_schema(text_or_empty(asked)))) {
      visitor(difference.text.c_str(), difference.is_compatible ? 1 : 0, user);
    }
  });
}

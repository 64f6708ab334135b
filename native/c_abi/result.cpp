#include "c_abi/result.hpp"

#include <algorithm>
#include <cstdio>

#include "core/schema.hpp"
#include "core/segment.hpp"
#include "platform/linux/interrupts.hpp"

namespace datablock::c_abi {
namespace {

constexpr std::size_t kLongestDetail = 1024;
constexpr std::size_t kLongestName = 208;

/// Fixed buffers: a failure can be told of when there is no memory left, and one that callers poll for stays
/// cheap.
struct LastFailure {
  Status status = Status::OK;
  const char* function = nullptr;
  char block[kLongestName] = {};
  char sentence[kLongestDetail] = {};  // empty: the catalogue's
  char detail[kLongestDetail + kLongestName + 64] = {};
};

thread_local LastFailure last;
/// Of the last failure, if it was about schemas; a line each.
thread_local std::string last_differences;

void copy_text(char* to, std::size_t size, const char* from) {
  std::snprintf(to, size, "%s", from == nullptr ? "" : from);
}

void note_differences(const std::vector<std::string>& differences) noexcept {
  try {
    for (const std::string& line : differences) {
      last_differences += line + '\n';
    }
  } catch (const std::bad_alloc&) {
    last_differences.clear();  // the sentence names the first few
  }
}

Status to_status(datablock_result code) {
  return static_cast<Status>(code == DATABLOCK_OK ? 0 : -code);
}

}  // namespace

datablock_result fail(const Context& context, Status status) noexcept {
  last.status = status;
  last.function = context.function;
  copy_text(last.block, sizeof last.block, context.block);
  last.sentence[0] = '\0';
  last_differences.clear();
  return to_result(status);
}

datablock_result fail(const Context& context, const Error& error) noexcept {
  fail(context, error.status());
  copy_text(last.sentence, sizeof last.sentence, error.what());
  if (const auto* schema = dynamic_cast<const SchemaValidationError*>(&error)) {
    note_differences(schema->differences());
  }
  return to_result(error.status());
}

}  // namespace datablock::c_abi

using datablock::catalogue_entry;
using datablock::error_catalogue;
using namespace datablock::c_abi;

uint32_t datablock_abi_version(void) {
  return DATABLOCK_ABI_VERSION;
}

const char* datablock_library_version(void) {
  return datablock::kToolVersion;
}

uint32_t datablock_layout_version(void) {
  return datablock::kLayoutVersion;
}

const char* datablock_error_string(datablock_result code) {
  return code == DATABLOCK_OK ? "Done." : catalogue_entry(to_status(code)).sentence;
}

const char* datablock_error_name(datablock_result code) {
  return code == DATABLOCK_OK ? "OK" : catalogue_entry(to_status(code)).name;
}

const char* datablock_error_advice(datablock_result code) {
  return code == DATABLOCK_OK ? "" : catalogue_entry(to_status(code)).advice;
}

int datablock_error_exit_code(datablock_result code) {
  return code == DATABLOCK_OK ? 0 : catalogue_entry(to_status(code)).exit_code;
}

datablock_result datablock_error_at(size_t index) {
  const auto catalogue = error_catalogue();
  return index < catalogue.size() ? to_result(catalogue[index].status) : DATABLOCK_OK;
}

const char* datablock_last_error_detail(void) {
  if (last.function == nullptr) {
    return "";
  }
  const char* sentence = last.sentence[0] != '\0' ? last.sentence : catalogue_entry(last.status).sentence;
  if (last.block[0] == '\0') {
    std::snprintf(last.detail, sizeof last.detail, "%s [%s]", sentence, last.function);
  } else {
    std::snprintf(last.detail, sizeof last.detail, "%s [%s, block %s]", sentence, last.function, last.block);
  }
  return last.detail;
}

const char* datablock_last_error_differences(void) {
  return last_differences.c_str();
}

void datablock_set_longest_wait(uint32_t milliseconds) {
  datablock::set_longest_wait(milliseconds);
}

datablock_result datablock_last_error(void) {
  return to_result(last.status);
}

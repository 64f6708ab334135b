// The border of the C interface: exceptions become result codes, and each thread remembers its last failure.
#pragma once

#include <new>

#include "core/status.hpp"
#include "datablock/datablock.h"

namespace datablock::c_abi {

constexpr datablock_result to_result(Status status) {
  return -static_cast<datablock_result>(status);
}

/// What a call was about, for the details of its failure: names only, so that noting it costs nothing.
struct Context {
  const char* function;
  const char* block = nullptr;
};

/// Remembers a failure of this thread and returns its code; OK is not remembered. Needs no memory of its own.
datablock_result fail(const Context& context, Status status) noexcept;
/// The same, with the exception's own sentence.
datablock_result fail(const Context& context, const Error& error) noexcept;

inline datablock_result report(const Context& context, Status status) noexcept {
  return status == Status::OK ? DATABLOCK_OK : fail(context, status);
}

/// Runs `body`, which returns a Status or nothing. Nothing that it throws gets past.
template <class Body>
datablock_result guarded(const Context& context, Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return DATABLOCK_OK;
    } else {
      return report(context, body());
    }
  } catch (const Error& error) {
    return fail(context, error);
  } catch (const std::bad_alloc&) {
    return fail(context, Status::NO_MEMORY);
  } catch (...) {
    return fail(context, Status::INTERNAL);
  }
}

}  // namespace datablock::c_abi

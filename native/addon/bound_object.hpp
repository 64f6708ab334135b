// Plain JavaScript objects whose functions are bound to a C++ handle by their data pointer: a third of the
// cost of an ObjectWrap method (design 6.4). Every function, and every buffer over the handle's memory, keeps
// the handle alive.
#pragma once

#include <napi.h>

#include <array>
#include <cstddef>
#include <memory>

#include "addon/errors.hpp"

namespace datablock::addon {

template <class Handle>
void keep_alive(napi_env env, napi_value value, const std::shared_ptr<Handle>& handle) {
  auto* owner = new std::shared_ptr<Handle>(handle);
  napi_add_finalizer(
      env, value, owner,
      [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Handle>*>(data); }, nullptr,
      nullptr);
}

/// `object[name]` calls `function` with `handle` as its data.
template <class Handle>
void bind_function(Napi::Object object, const char* name, napi_callback function,
                   const std::shared_ptr<Handle>& handle) {
  napi_value bound = nullptr;
  napi_create_function(object.Env(), name, NAPI_AUTO_LENGTH, function, handle.get(), &bound);
  keep_alive(object.Env(), bound, handle);
  object.Set(name, Napi::Value(object.Env(), bound));
}

/// An ArrayBuffer over memory that belongs to `handle`.
template <class Handle>
Napi::ArrayBuffer share_memory(Napi::Env env, void* memory, std::size_t size,
                               const std::shared_ptr<Handle>& handle) {
  auto* owner = new std::shared_ptr<Handle>(handle);
  return Napi::ArrayBuffer::New(
      env, memory, size, [](Napi::Env, void*, std::shared_ptr<Handle>* held) { delete held; }, owner);
}

/// Arguments of a hot function. A missing or mistyped number is NaN, which every caller refuses.
template <class Handle, std::size_t kCount>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = kCount;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values_.data(), nullptr, &data);
    handle_ = static_cast<Handle*>(data);
  }

  Handle& handle() const { return *handle_; }
  napi_env env() const { return env_; }

  /// False unless argument `index` is a finite number.
  bool number(std::size_t index, double& value) const {
    return napi_get_value_double(env_, values_[index], &value) == napi_ok && value - value == 0;
  }
  bool integer(std::size_t index, std::int64_t& value) const {
    double number_value = 0;
    if (!number(index, number_value) || number_value < -9007199254740991.0 ||
        number_value > 9007199254740991.0) {
      return false;
    }
    value = static_cast<std::int64_t>(number_value);
    return static_cast<double>(value) == number_value;
  }
  bool size(std::size_t index, std::uint64_t& value) const {
    std::int64_t signed_value = 0;
    if (!integer(index, signed_value) || signed_value < 0) {
      return false;
    }
    value = static_cast<std::uint64_t>(signed_value);
    return true;
  }
  /// The memory of a typed array of `Element`s.
  template <class Element>
  bool array(std::size_t index, napi_typedarray_type type, Element*& data, std::size_t& length) const {
    napi_typedarray_type actual{};
    void* memory = nullptr;
    bool is_typed = false;
    if (napi_is_typedarray(env_, values_[index], &is_typed) != napi_ok || !is_typed ||
        napi_get_typedarray_info(env_, values_[index], &actual, &length, &memory, nullptr, nullptr) !=
            napi_ok ||
        actual != type) {
      return false;
    }
    data = static_cast<Element*>(memory);
    return true;
  }

  napi_value result(double value) const {
    napi_value number_value = nullptr;
    napi_create_double(env_, value, &number_value);
    return number_value;
  }
  napi_value result(Status status, double value = 0) const { return result(hot_result(status, value)); }
  napi_value refuse() const { return result(Status::INVALID_ARGUMENT); }

 private:
  napi_env env_;
  std::array<napi_value, kCount> values_{};
  Handle* handle_ = nullptr;
};

}  // namespace datablock::addon

-- Each of two threads walks over the paths of as many objects as the arguments say, starting at its own place.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local requests = {}
local at = 0
local objects = 0

function init(args)
  objects = tonumber(args[1])
  at = number * math.floor(objects / 2)
  for object = 0, objects - 1 do
    requests[object] = wrk.format("GET", "/object-" .. object)
  end
end

function request()
  at = (at + 1) % objects
  return requests[at]
end

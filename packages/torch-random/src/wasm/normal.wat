;; PyTorch's float32 normal_ on AVX2, four lanes at a time, and the generator under it.
;; Memory: the 624 words of state from byte 0, and whatever the caller puts behind them.
;; relaxed_madd may round once or twice, as the machine likes: `fused` tells, and without it this module is of no use.
(module
  (memory (export "memory") 1)

  ;; 1 when relaxed_madd rounds once: in each lane the product is 2^-70 below half a step of the addend.
  (func (export "fused") (result i32)
    (i32x4.all_true
      (f32x4.eq
        (f32x4.relaxed_madd
          (f32x4.splat (f32.const 0x1.000002p-12))
          (f32x4.splat (f32.const 0x1.fffffcp-13))
          (f32x4.splat (f32.const 0x1.000002p0)))
        (f32x4.splat (f32.const 0x1.000002p0)))))

  ;; The word of state that replaces word k, from words k, k + 1 and k + 397 (or k - 227, which is new already).
  (func $mix (param $upper i32) (param $lower i32) (result i32)
    (i32.xor
      (i32.shr_u
        (i32.or
          (i32.and (local.get $upper) (i32.const 0x80000000))
          (i32.and (local.get $lower) (i32.const 0x7fffffff)))
        (i32.const 1))
      (i32.and
        (i32.sub (i32.const 0) (i32.and (local.get $lower) (i32.const 1)))
        (i32.const 0x9908b0df))))

  (func $mix4 (param $upper v128) (param $lower v128) (result v128)
    (v128.xor
      (i32x4.shr_u
        (v128.or
          (v128.and (local.get $upper) (v128.const i32x4 0x80000000 0x80000000 0x80000000 0x80000000))
          (v128.and (local.get $lower) (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff)))
        (i32.const 1))
      (v128.and
        (i32x4.neg (v128.and (local.get $lower) (v128.const i32x4 1 1 1 1)))
        (v128.const i32x4 0x9908b0df 0x9908b0df 0x9908b0df 0x9908b0df))))

  ;; Replaces all words of state by the next 624.
  (func (export "twist") (local $k i32)
    ;; Words 0 .. 223, in fours; 224 .. 226, one by one; 227 .. 622, in fours; 623, whose next is word 0.
    (loop $first
      (v128.store (local.get $k)
        (v128.xor
          (v128.load offset=1588 (local.get $k))
          (call $mix4 (v128.load (local.get $k)) (v128.load offset=4 (local.get $k)))))
      (local.set $k (i32.add (local.get $k) (i32.const 16)))
      (br_if $first (i32.lt_u (local.get $k) (i32.const 896))))
    (loop $between
      (i32.store (local.get $k)
        (i32.xor
          (i32.load offset=1588 (local.get $k))
          (call $mix (i32.load (local.get $k)) (i32.load offset=4 (local.get $k)))))
      (local.set $k (i32.add (local.get $k) (i32.const 4)))
      (br_if $between (i32.lt_u (local.get $k) (i32.const 908))))
    (loop $second
      (v128.store (local.get $k)
        (v128.xor
          (v128.load (i32.sub (local.get $k) (i32.const 908)))
          (call $mix4 (v128.load (local.get $k)) (v128.load offset=4 (local.get $k)))))
      (local.set $k (i32.add (local.get $k) (i32.const 16)))
      (br_if $second (i32.lt_u (local.get $k) (i32.const 2492))))
    (i32.store (i32.const 2492)
      (i32.xor
        (i32.load (i32.const 1584))
        (call $mix (i32.load (i32.const 2492)) (i32.load (i32.const 0))))))

  ;; `count` uniform values in [0, 1) from the words of state at byte `word` on. Up to 12 bytes behind `out`'s end are
  ;; overwritten, and as many behind the state read.
  (func (export "unit24") (param $word i32) (param $out i32) (param $count i32)
    (local $end i32) (local $y v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $out) (local.get $end)))
        (local.set $y (v128.load (local.get $word)))
        (local.set $y (v128.xor (local.get $y) (i32x4.shr_u (local.get $y) (i32.const 11))))
        (local.set $y
          (v128.xor (local.get $y)
            (v128.and (i32x4.shl (local.get $y) (i32.const 7)) (v128.const i32x4 0x9d2c5680 0x9d2c5680 0x9d2c5680 0x9d2c5680))))
        (local.set $y
          (v128.xor (local.get $y)
            (v128.and (i32x4.shl (local.get $y) (i32.const 15)) (v128.const i32x4 0xefc60000 0xefc60000 0xefc60000 0xefc60000))))
        (local.set $y (v128.xor (local.get $y) (i32x4.shr_u (local.get $y) (i32.const 18))))
        (v128.store (local.get $out)
          (f32x4.mul
            (f32x4.convert_i32x4_u (v128.and (local.get $y) (v128.const i32x4 0xffffff 0xffffff 0xffffff 0xffffff)))
            (f32x4.splat (f32.const 0x1p-24))))
        (local.set $word (i32.add (local.get $word) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (br $next))))

  ;; Turns blocks of 16 uniform values between `at` and `end` into normal ones; see normal-avx2.ts for the steps.
  (func (export "normal") (param $at i32) (param $end i32) (param $std f32) (param $mean f32)
    (local $scale v128) (local $shift v128) (local $half i32)
    (local $e v128) (local $x v128) (local $y v128) (local $z v128) (local $mask v128) (local $radius v128)
    (local $octant v128) (local $c v128) (local $s v128)
    (local.set $scale (f32x4.splat (local.get $std)))
    (local.set $shift (f32x4.splat (local.get $mean)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        ;; log(u1), u1 = 1 - data[j]: exponent and mantissa in [0.5, 1).
        (local.set $x
          (f32x4.sub (v128.const f32x4 1 1 1 1) (v128.load (local.get $at))))
        (local.set $e
          (f32x4.convert_i32x4_s (i32x4.sub (i32x4.shr_u (local.get $x) (i32.const 23)) (v128.const i32x4 126 126 126 126))))
        (local.set $x
          (v128.or (v128.and (local.get $x) (v128.const i32x4 0x7fffff 0x7fffff 0x7fffff 0x7fffff)) (v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000)))
        (local.set $mask
          (f32x4.lt (local.get $x) (v128.const f32x4 0.70710677 0.70710677 0.70710677 0.70710677)))
        (local.set $e
          (f32x4.sub (local.get $e) (v128.and (v128.const f32x4 1 1 1 1) (local.get $mask))))
        (local.set $x
          (f32x4.add (f32x4.sub (local.get $x) (v128.const f32x4 1 1 1 1)) (v128.and (local.get $x) (local.get $mask))))
        (local.set $z
          (f32x4.mul (local.get $x) (local.get $x)))
        (local.set $y
          (f32x4.relaxed_madd (v128.const f32x4 0.070376836 0.070376836 0.070376836 0.070376836) (local.get $x) (v128.const f32x4 -0.1151461 -0.1151461 -0.1151461 -0.1151461)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 0.116769984 0.116769984 0.116769984 0.116769984)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 -0.12420141 -0.12420141 -0.12420141 -0.12420141)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 0.14249323 0.14249323 0.14249323 0.14249323)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 -0.16668057 -0.16668057 -0.16668057 -0.16668057)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 0.20000714 0.20000714 0.20000714 0.20000714)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 -0.24999994 -0.24999994 -0.24999994 -0.24999994)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $x) (v128.const f32x4 0.3333333 0.3333333 0.3333333 0.3333333)))
        (local.set $y
          (f32x4.mul (local.get $y) (local.get $x)))
        (local.set $y
          (f32x4.relaxed_madd (local.get $y) (local.get $z) (f32x4.mul (local.get $e) (v128.const f32x4 -0.00021219444 -0.00021219444 -0.00021219444 -0.00021219444))))
        (local.set $y
          (f32x4.sub (local.get $y) (f32x4.mul (local.get $z) (v128.const f32x4 0.5 0.5 0.5 0.5))))
        (local.set $radius
          (f32x4.sqrt (f32x4.mul (v128.const f32x4 -2 -2 -2 -2) (f32x4.relaxed_madd (local.get $e) (v128.const f32x4 0.6933594 0.6933594 0.6933594 0.6933594) (f32x4.add (local.get $x) (local.get $y))))))
        ;; sin and cos of 2 pi u2, u2 = data[j + 8]: octant, then the remainder.
        (local.set $z
          (f32x4.mul (v128.const f32x4 6.2831855 6.2831855 6.2831855 6.2831855) (v128.load offset=32 (local.get $at))))
        (local.set $octant
          (v128.and (i32x4.add (i32x4.trunc_sat_f32x4_s (f32x4.mul (local.get $z) (v128.const f32x4 1.2732395 1.2732395 1.2732395 1.2732395))) (v128.const i32x4 1 1 1 1)) (v128.const i32x4 -2 -2 -2 -2)))
        (local.set $y
          (f32x4.convert_i32x4_s (local.get $octant)))
        (local.set $x
          (f32x4.relaxed_madd (local.get $y) (v128.const f32x4 -0.78515625 -0.78515625 -0.78515625 -0.78515625) (local.get $z)))
        (local.set $x
          (f32x4.relaxed_madd (local.get $y) (v128.const f32x4 -0.00024187565 -0.00024187565 -0.00024187565 -0.00024187565) (local.get $x)))
        (local.set $x
          (f32x4.relaxed_madd (local.get $y) (v128.const f32x4 -3.774895e-08 -3.774895e-08 -3.774895e-08 -3.774895e-08) (local.get $x)))
        (local.set $z
          (f32x4.mul (local.get $x) (local.get $x)))
        (local.set $c
          (f32x4.relaxed_madd (v128.const f32x4 2.4433157e-05 2.4433157e-05 2.4433157e-05 2.4433157e-05) (local.get $z) (v128.const f32x4 -0.0013887316 -0.0013887316 -0.0013887316 -0.0013887316)))
        (local.set $c
          (f32x4.relaxed_madd (local.get $c) (local.get $z) (v128.const f32x4 0.041666646 0.041666646 0.041666646 0.041666646)))
        (local.set $c
          (f32x4.mul (local.get $c) (local.get $z)))
        (local.set $c
          (f32x4.add (f32x4.relaxed_madd (local.get $c) (local.get $z) (f32x4.neg (f32x4.mul (local.get $z) (v128.const f32x4 0.5 0.5 0.5 0.5)))) (v128.const f32x4 1 1 1 1)))
        (local.set $s
          (f32x4.relaxed_madd (v128.const f32x4 -0.00019515296 -0.00019515296 -0.00019515296 -0.00019515296) (local.get $z) (v128.const f32x4 0.008332161 0.008332161 0.008332161 0.008332161)))
        (local.set $s
          (f32x4.relaxed_madd (local.get $s) (local.get $z) (v128.const f32x4 -0.16666655 -0.16666655 -0.16666655 -0.16666655)))
        (local.set $s
          (f32x4.relaxed_madd (f32x4.mul (local.get $s) (local.get $z)) (local.get $x) (local.get $x)))
        ;; Which is which, and the signs, from the octant.
        (local.set $mask
          (i32x4.eq (v128.and (local.get $octant) (v128.const i32x4 2 2 2 2)) (v128.const i32x4 0 0 0 0)))
        (v128.store (local.get $at)
          (f32x4.relaxed_madd (f32x4.mul (local.get $radius) (v128.xor
            (v128.bitselect (local.get $c) (local.get $s) (local.get $mask))
            (i32x4.shl (v128.andnot (v128.const i32x4 4 4 4 4) (i32x4.sub (local.get $octant) (v128.const i32x4 2 2 2 2))) (i32.const 29)))) (local.get $scale) (local.get $shift)))
        (v128.store offset=32 (local.get $at)
          (f32x4.relaxed_madd (f32x4.mul (local.get $radius) (v128.xor
            (v128.bitselect (local.get $s) (local.get $c) (local.get $mask))
            (i32x4.shl (v128.and (local.get $octant) (v128.const i32x4 4 4 4 4)) (i32.const 29)))) (local.get $scale) (local.get $shift)))
        ;; The second four of the block's first half, then the next block.
        (local.set $at
          (i32.add (local.get $at) (select (i32.const 48) (i32.const 16) (local.get $half))))
        (local.set $half (i32.xor (local.get $half) (i32.const 1)))
        (br $next)))))

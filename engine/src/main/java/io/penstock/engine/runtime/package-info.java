/** The engine at work: one owner thread that plans, runs and applies steps. */
package io.penstock.engine.runtime;

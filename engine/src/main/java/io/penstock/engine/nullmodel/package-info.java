/**
 * A model that is not there: the engine's own queue, scheduler, budgets and events around steps
 * that compute nothing. For measuring everything but the model.
 */
package io.penstock.engine.nullmodel;

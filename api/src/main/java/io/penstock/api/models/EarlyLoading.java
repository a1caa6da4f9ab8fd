package io.penstock.api.models;

import org.springframework.beans.factory.BeanFactoryInitializer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.stereotype.Component;

/**
 * Makes the catalogue the first of all beans: models need nothing of the database, so they load
 * while that starts and migrates and everything else is put together.
 */
@Component
final class EarlyLoading implements BeanFactoryInitializer<ListableBeanFactory> {

  @Override
  public void initialize(ListableBeanFactory beans) {
    beans.getBean(ModelCatalogue.class);
  }
}
